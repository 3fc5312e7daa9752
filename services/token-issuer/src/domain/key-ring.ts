/**
 * A ring of signing keys: all keys of one purpose, of which at most one is active (pending → active → retired → dropped).
 *
 * The ring is one aggregate, so of two replicas that act at once one is told what the other did: two active keys cannot be.
 * Every command is therefore harmless when it comes late or twice. Private parts are not here.
 */
import type { KeyRingState, PublicJwk, RingName } from '@gateway/contracts'
import { type Decider, Refusal } from '@gateway/kernel'

/** What becomes public of a key that was just generated. */
export interface NewKey {
  readonly kid: string
  readonly public_jwk: PublicJwk
}

export type KeyRingEvent =
  | ({ readonly type: 'KeyCreated'; readonly ring: RingName; readonly at: number } & NewKey)
  | { readonly type: 'KeyActivated' | 'KeyRetired' | 'KeyDropped'; readonly kid: string; readonly at: number }
  /** Left the ring ahead of its time: what it signed is invalid. */
  | { readonly type: 'KeyRevoked'; readonly kid: string; readonly at: number }

export type KeyRingCommand =
  /**
   * Makes the new key active at once if no key is active, or if the active one is `lost`: nobody holds its private part
   * any more, so it cannot be waited for. What the lost key signed stays verifiable.
   */
  | ({
      readonly type: 'EnsureActive'
      readonly ring: RingName
      readonly lost?: string | undefined
      readonly at: number
    } & NewKey)
  /** Publishes the key ahead of its use, unless another one waits already. */
  | ({ readonly type: 'CreateKey'; readonly ring: RingName; readonly at: number } & NewKey)
  /** Puts a pending key in the place of the active one. */
  | { readonly type: 'ActivateKey'; readonly kid: string; readonly at: number }
  | { readonly type: 'DropKey'; readonly kid: string; readonly at: number }
  /**
   * Takes any key out of the ring at once. In an active one's place comes the key that waits, since verifiers have that one
   * already, else the `replacement`.
   */
  | {
      readonly type: 'RevokeKey'
      readonly ring: RingName
      readonly kid: string
      readonly replacement: NewKey
      readonly at: number
    }

export type Key = KeyRingState['keys'][number]

export const keyRing: Decider<KeyRingState, KeyRingCommand, KeyRingEvent> = {
  initial: { keys: [] },

  evolve(state, event) {
    const change = (patch: Partial<Key>): KeyRingState => ({
      ...state,
      keys: state.keys.map((key) => (key.kid === event.kid ? { ...key, ...patch } : key)),
    })
    switch (event.type) {
      case 'KeyCreated': {
        const { ring, kid, public_jwk, at } = event
        return { ring, keys: [...state.keys, { kid, status: 'pending', public_jwk, created_at: at }] }
      }
      case 'KeyActivated':
        return change({ status: 'active', activated_at: event.at })
      case 'KeyRetired':
        return change({ status: 'retired', retired_at: event.at })
      case 'KeyDropped':
      case 'KeyRevoked':
        return { ...state, keys: state.keys.filter((key) => key.kid !== event.kid) }
    }
  },

  decide(state, command) {
    switch (command.type) {
      case 'EnsureActive': {
        const active = activeKey(state)
        if (known(state, command.kid) || (active && active.kid !== command.lost)) return []
        return [created(command), ...activation(state, command.kid, command.at)]
      }
      case 'CreateKey':
        if (known(state, command.kid) || pendingKey(state)) return []
        return [created(command)]
      case 'ActivateKey':
        return statusOf(state, command.kid) === 'pending' ? activation(state, command.kid, command.at) : []
      case 'DropKey': {
        const status = statusOf(state, command.kid)
        if (status === 'active') throw new Refusal('key_active', { kid: command.kid })
        return status === undefined ? [] : [{ type: 'KeyDropped', kid: command.kid, at: command.at }]
      }
      case 'RevokeKey':
        return revocation(state, command)
    }
  },
}

export function activeKey(state: KeyRingState): Key | undefined {
  return state.keys.find((key) => key.status === 'active')
}

/** There is at most one. */
export function pendingKey(state: KeyRingState): Key | undefined {
  return state.keys.find((key) => key.status === 'pending')
}

function statusOf(state: KeyRingState, kid: string): Key['status'] | undefined {
  return state.keys.find((key) => key.kid === kid)?.status
}

function known(state: KeyRingState, kid: string): boolean {
  return statusOf(state, kid) !== undefined
}

interface Creation extends NewKey {
  readonly ring: RingName
  readonly at: number
}

function created({ ring, kid, public_jwk, at }: Creation): KeyRingEvent {
  return { type: 'KeyCreated', ring, kid, public_jwk, at }
}

function activation(state: KeyRingState, kid: string, at: number): readonly KeyRingEvent[] {
  const active = activeKey(state)
  return [
    ...(active ? [{ type: 'KeyRetired' as const, kid: active.kid, at }] : []),
    { type: 'KeyActivated' as const, kid, at },
  ]
}

function revocation(
  state: KeyRingState,
  { ring, kid, replacement, at }: Extract<KeyRingCommand, { type: 'RevokeKey' }>,
): readonly KeyRingEvent[] {
  const status = statusOf(state, kid)
  if (status === undefined || known(state, replacement.kid)) return []
  const revoked: KeyRingEvent = { type: 'KeyRevoked', kid, at }
  if (status !== 'active') return [revoked]
  const waiting = pendingKey(state)
  if (waiting) return [revoked, { type: 'KeyActivated', kid: waiting.kid, at }]
  return [revoked, created({ ring, ...replacement, at }), { type: 'KeyActivated', kid: replacement.kid, at }]
}
