/**
 * The rings at work: which key signs now, and the steps of their schedule. Every replica does the same at any time; the
 * append on the ring decides, and whoever loses it deletes the key that it had made for nothing.
 */
import { type Aggregate, type Bus, type Decided, handle, type Loaded, load } from '@gateway/bus'
import {
  aggregates,
  type Jwks,
  type KeyRingState,
  type ListedKey,
  RINGS,
  type RingName,
  toJwks,
} from '@gateway/contracts'
import { type Clock, newId, Unavailable } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import { isSigningAlgorithm } from './algorithms.ts'
import { activeKey, type KeyRingCommand, type KeyRingEvent, keyRing, pendingKey } from './domain/key-ring.ts'
import type { KeyRingView } from './domain/key-ring-view.ts'
import {
  type KeyPolicy,
  type KeySchedule,
  type KeyStep,
  keySchedule,
  nextChangeAt,
  nextStep,
} from './domain/key-schedule.ts'
import type { Signer } from './jwt.ts'
import type { PrivateKeys } from './private-keys.ts'
import { refuse } from './refusals.ts'

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
  readonly policy: KeyPolicy
}

/** Who asked for a step. */
interface Cause {
  readonly requestId: string
  readonly actor: string
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
    return toJwks((await this.#load(ring)).state)
  }

  /** What access tokens are verified with, from memory. */
  get accessTokenKeys(): Jwks {
    return toJwks(this.#deps.view.ring('access-token'))
  }

  hasActive(ring: RingName): boolean {
    return activeKey(this.#deps.view.ring(ring)) !== undefined
  }

  /**
   * A store that was wiped has taken the private parts with it. Replicas that hold the active one sign on with it, but one that
   * starts cannot, nor hand it to a proxy: so every ring gets a new key at once. @throws Unavailable
   */
  async replaceLost(): Promise<void> {
    for (const ring of RINGS) {
      const active = activeKey(this.#deps.view.ring(ring))
      if (!active || !(await this.#deps.privateKeys.isKept(active.kid))) await this.ensureActive(ring)
    }
  }

  /** Whatever is due on every ring. @throws Unavailable */
  async advance(): Promise<void> {
    for (const ring of RINGS) {
      await this.ensureActive(ring)
      await this.#followSchedule(ring)
    }
  }

  /** Every key that is not dropped, as the bus has them now. @throws Unavailable */
  async list(): Promise<ListedKey[]> {
    const rings = await Promise.all(RINGS.map(async (ring) => ({ ring, state: (await this.#load(ring)).state })))
    return rings.flatMap(({ ring, state }) =>
      state.keys.map(({ public_jwk, ...key }) => ({
        ring,
        ...key,
        alg: public_jwk.alg,
        next_at: nextChangeAt(state, { public_jwk, ...key }, this.#schedule(ring)),
      })),
    )
  }

  /** The key that waits to sign, made now unless one waits already. @throws Unavailable */
  async rotate(ring: RingName, cause: Cause): Promise<{ kid: string; signs_at: number }> {
    const loaded = await this.#load(ring)
    const { state } = pendingKey(loaded.state) ? loaded : await this.#createKey(ring, 'CreateKey', { cause })
    const waiting = pendingKey(state)
    // It can only be that another replica has put it to use meanwhile.
    if (!waiting) throw new Unavailable('signing key')
    return { kid: waiting.kid, signs_at: nextChangeAt(state, waiting, this.#schedule(ring)) }
  }

  /**
   * Takes a key out of its ring at once, and deletes its private part.
   * @throws Refusal `key_unknown`
   * @throws Unavailable
   */
  async revoke(kid: string, cause: Cause): Promise<{ ring: RingName; active: string }> {
    const { privateKeys, policy, clock } = this.#deps
    const ring = await this.#ringOf(kid)
    const replacement = await privateKeys.create(policy.algorithm)
    const { state } = await this.#handle(ring, { type: 'RevokeKey', ring, kid, replacement, at: clock() }, cause)
    await privateKeys.delete(kid)
    await this.#forgetUnused(replacement.kid, state)
    const active = activeKey(state)
    if (!active) throw new Unavailable('signing key')
    return { ring, active: active.kid }
  }

  /** Leaves the ring with an active key whose private part is in the store. Calls at the same time share one attempt. */
  ensureActive(ring: RingName): Promise<void> {
    const running = this.#ensuring.get(ring)
    if (running) return running
    const attempt = this.#ensureActive(ring).finally(() => this.#ensuring.delete(ring))
    this.#ensuring.set(ring, attempt)
    return attempt
  }

  async #ensureActive(ring: RingName): Promise<void> {
    const { privateKeys, log } = this.#deps
    const active = activeKey((await this.#load(ring)).state)
    if (active && (await privateKeys.isKept(active.kid))) return
    if (active) log.error({ ring, kid: active.kid }, 'the store has lost a signing key: a new one takes its place')
    await this.#createKey(ring, 'EnsureActive', { lost: active?.kid })
  }

  async #followSchedule(ring: RingName): Promise<void> {
    const { view, clock } = this.#deps
    const schedule = this.#schedule(ring)
    for (let step = 0; step < STEPS_MAX; step++) {
      const due = nextStep(view.ring(ring), schedule, clock())
      if (!due) return
      await this.#take(ring, due)
    }
  }

  async #take(ring: RingName, step: KeyStep): Promise<void> {
    switch (step.type) {
      case 'create':
        await this.#createKey(ring, 'CreateKey')
        return
      case 'activate': {
        // Its private part may have been lost while it waited: then it goes, and the schedule makes another one.
        if (!(await this.#deps.privateKeys.isKept(step.kid))) return this.#dropKey(ring, step.kid)
        await this.#handle(ring, { type: 'ActivateKey', kid: step.kid, at: this.#deps.clock() })
        return
      }
      case 'drop':
        return this.#dropKey(ring, step.kid)
    }
  }

  /** After an `Unavailable` nobody knows whether the commit was stored, so the private part stays then. */
  async #createKey(
    ring: RingName,
    type: 'EnsureActive' | 'CreateKey',
    { lost, cause }: { readonly lost?: string | undefined; readonly cause?: Cause } = {},
  ): Promise<Decided<KeyRingState, KeyRingEvent>> {
    const { privateKeys, policy, clock } = this.#deps
    const key = await privateKeys.create(policy.algorithm)
    const decided = await this.#handle(ring, { type, ring, ...key, lost, at: clock() }, cause)
    await this.#forgetUnused(key.kid, decided.state)
    return decided
  }

  async #forgetUnused(kid: string, { keys }: KeyRingState): Promise<void> {
    if (!keys.some((key) => key.kid === kid)) await this.#deps.privateKeys.delete(kid)
  }

  async #dropKey(ring: RingName, kid: string): Promise<void> {
    await this.#handle(ring, { type: 'DropKey', kid, at: this.#deps.clock() })
    await this.#deps.privateKeys.delete(kid)
  }

  async #handle(
    ring: RingName,
    command: KeyRingCommand,
    cause: Cause = { requestId: newId(), actor: 'service:token-issuer' },
  ): Promise<Decided<KeyRingState, KeyRingEvent>> {
    const { bus, view, log } = this.#deps
    const decided = await handle(bus, keyRings, ring, command, { ...cause, at: command.at })
    view.decided(ring, decided)
    for (const { type, kid } of decided.events) log.info({ ring, kid, event: type }, 'signing key')
    return decided
  }

  /** From the leader; this replica knows it from then on. */
  async #load(ring: RingName): Promise<Loaded<KeyRingState>> {
    const loaded = await load(this.#deps.bus, keyRings, ring)
    this.#deps.view.decided(ring, loaded)
    return loaded
  }

  async #ringOf(kid: string): Promise<RingName> {
    for (const ring of RINGS) {
      const { state } = await this.#load(ring)
      if (state.keys.some((key) => key.kid === kid)) return ring
    }
    throw refuse('key_unknown', { kid })
  }

  #schedule(ring: RingName): KeySchedule {
    return keySchedule(ring, this.#deps.policy)
  }

  async #find(ring: RingName): Promise<Signer | undefined> {
    const active = activeKey(this.#deps.view.ring(ring))
    if (!active) return undefined
    const { kid, public_jwk } = active
    // A key of a newer version's algorithm, during a rolling upgrade: the replicas that know it sign.
    if (!isSigningAlgorithm(public_jwk.alg)) throw new Unavailable('signing key')
    const privateKey = await this.#deps.privateKeys.find(kid)
    return privateKey && { kid, alg: public_jwk.alg, privateKey }
  }
}
