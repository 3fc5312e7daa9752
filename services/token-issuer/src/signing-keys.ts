/**
 * The rings at work: which key signs now, and the steps of their schedule. Every replica does the same at any time; the
 * append on the ring decides, and whoever loses it deletes the key that it had made for nothing.
 */
import { type Aggregate, type Bus, type Decided, handle, load } from '@gateway/bus'
import { aggregates, type Jwks, type KeyRingState, RINGS, type RingName, toJwks } from '@gateway/contracts'
import { type Clock, newId, Unavailable } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import { activeKey, type KeyRingCommand, type KeyRingEvent, keyRing } from './domain/key-ring.ts'
import type { KeyRingView } from './domain/key-ring-view.ts'
import { type KeyStep, keySchedule, nextStep } from './domain/key-schedule.ts'
import type { Signer } from './jwt.ts'
import type { PrivateKeys } from './private-keys.ts'

export const keyRings: Aggregate<KeyRingState, KeyRingCommand, KeyRingEvent> = {
  prefix: aggregates.signingKey,
  decider: keyRing,
  stateVersion: 1,
}

/** Enough for everything that can be due at once; the rest comes with the next check. */
const STEPS_MAX = 8

export interface SigningKeysDeps {
  readonly bus: Bus
  readonly view: KeyRingView
  readonly privateKeys: PrivateKeys
  readonly clock: Clock
  readonly log: Logger
  readonly accessTtlSeconds: number
}

export class SigningKeys {
  readonly #deps: SigningKeysDeps
  readonly #ensuring = new Map<RingName, Promise<void>>()

  constructor(deps: SigningKeysDeps) {
    this.#deps = deps
  }

  /** The key that signs now; a new one if its private part is gone. @throws Unavailable */
  async signer(ring: RingName): Promise<Signer> {
    const signer = await this.#find(ring)
    if (signer) return signer
    await this.ensureActive(ring)
    const fresh = await this.#find(ring)
    if (!fresh) throw new Unavailable('signing key')
    return fresh
  }

  /** RFC 7517 §5, as the bus has it now: a document made from what this replica happens to know could lack the newest key. */
  async jwks(ring: RingName): Promise<Jwks> {
    const { state } = await load(this.#deps.bus, keyRings, ring)
    return toJwks(state)
  }

  /** What access tokens are verified with, from memory. */
  get accessTokenKeys(): Jwks {
    return toJwks(this.#deps.view.ring('access-token'))
  }

  hasActive(ring: RingName): boolean {
    return activeKey(this.#deps.view.ring(ring)) !== undefined
  }

  /** Whatever is due on every ring. @throws Unavailable */
  async advance(): Promise<void> {
    for (const ring of RINGS) {
      await this.ensureActive(ring)
      await this.#followSchedule(ring)
    }
  }

  /** Leaves the ring with an active key whose private part is in reach. Calls at the same time share one attempt. */
  ensureActive(ring: RingName): Promise<void> {
    const running = this.#ensuring.get(ring)
    if (running) return running
    const attempt = this.#ensureActive(ring).finally(() => this.#ensuring.delete(ring))
    this.#ensuring.set(ring, attempt)
    return attempt
  }

  async #ensureActive(ring: RingName): Promise<void> {
    const { bus, view, privateKeys, log } = this.#deps
    const loaded = await load(bus, keyRings, ring)
    view.decided(ring, loaded)
    const active = activeKey(loaded.state)
    if (active && (await privateKeys.find(active.kid))) return
    if (active) log.error({ ring, kid: active.kid }, 'the store has lost a signing key: a new one takes its place')
    await this.#createKey(ring, 'EnsureActive', active?.kid)
  }

  async #followSchedule(ring: RingName): Promise<void> {
    const { view, clock, accessTtlSeconds } = this.#deps
    const schedule = keySchedule(ring, accessTtlSeconds)
    for (let step = 0; step < STEPS_MAX; step++) {
      const due = nextStep(view.ring(ring), schedule, clock())
      if (!due) return
      await this.#take(ring, due)
    }
  }

  async #take(ring: RingName, step: KeyStep): Promise<void> {
    switch (step.type) {
      case 'create':
        return this.#createKey(ring, 'CreateKey')
      case 'activate': {
        // Its private part may have been lost while it waited: then it goes, and the schedule makes another one.
        if (!(await this.#deps.privateKeys.find(step.kid))) return this.#dropKey(ring, step.kid)
        await this.#handle(ring, { type: 'ActivateKey', kid: step.kid, at: this.#deps.clock() })
        return
      }
      case 'drop':
        return this.#dropKey(ring, step.kid)
    }
  }

  /** After an `Unavailable` nobody knows whether the commit was stored, so the private part stays then. */
  async #createKey(ring: RingName, type: 'EnsureActive' | 'CreateKey', lost?: string): Promise<void> {
    const { privateKeys, clock } = this.#deps
    const key = await privateKeys.create()
    const { state } = await this.#handle(ring, { type, ring, ...key, lost, at: clock() })
    if (!state.keys.some(({ kid }) => kid === key.kid)) await privateKeys.delete(key.kid)
  }

  async #dropKey(ring: RingName, kid: string): Promise<void> {
    await this.#handle(ring, { type: 'DropKey', kid, at: this.#deps.clock() })
    await this.#deps.privateKeys.delete(kid)
  }

  async #handle(ring: RingName, command: KeyRingCommand): Promise<Decided<KeyRingState, KeyRingEvent>> {
    const { bus, view, log } = this.#deps
    const context = { requestId: newId(), actor: 'service:token-issuer', at: command.at }
    const decided = await handle(bus, keyRings, ring, command, context)
    view.decided(ring, decided)
    for (const { type, kid } of decided.events) log.info({ ring, kid, event: type }, 'signing key')
    return decided
  }

  async #find(ring: RingName): Promise<Signer | undefined> {
    const active = activeKey(this.#deps.view.ring(ring))
    const privateKey = active && (await this.#deps.privateKeys.find(active.kid))
    return active && privateKey ? { kid: active.kid, privateKey } : undefined
  }
}
