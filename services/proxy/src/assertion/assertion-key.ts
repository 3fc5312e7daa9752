/**
 * The key that identity assertions are signed with: asked of the token-issuer, sealed on its way to a key pair made for that
 * one answer, held in memory alone, and replaced when another key of the ring becomes the active one.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { call, type Requester } from '@gateway/bus'
import { assertionKey, type KeyRingState, type SigningAlgorithm } from '@gateway/contracts'
import { type Clock, newId, Unavailable } from '@gateway/kernel'
import { ephemeralKey } from '@gateway/oauth'
import type { Logger } from '@gateway/service'

export interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
}

export interface AssertionKeyDeps {
  readonly bus: Requester
  readonly clock: Clock
  readonly log: Logger
}

const RETRY_MS = 250
const RETRY_MAX_MS = 10_000

export class AssertionKey {
  readonly #deps: AssertionKeyDeps
  /** Of the assertion ring, as its facts say it. */
  #ring: KeyRingState = { keys: [] }
  #held: SigningKey | undefined
  #asking: Promise<void> | undefined
  #wanted = false
  #stopped = false

  constructor(deps: AssertionKeyDeps) {
    this.#deps = deps
  }

  /** What to sign with now; undefined until there is one. A key that has left its ring signs nothing more. */
  current(): SigningKey | undefined {
    if (!this.#wanted) this.want()
    return this.#held
  }

  /** Somebody needs it: from now on it is held, and kept current. */
  want(): void {
    this.#wanted = true
    this.#ask()
  }

  /** Resolves when there is a key, or after `ms`. */
  async ready(ms: number): Promise<void> {
    if (!this.#wanted || this.#held !== undefined) return
    await Promise.race([this.#asking, new Promise((resolve) => setTimeout(resolve, ms).unref())])
  }

  project(ring: KeyRingState): void {
    if (ring.ring !== 'assertion') return
    this.#ring = ring
    if (this.#held !== undefined && !ring.keys.some(({ kid }) => kid === this.#held?.kid)) this.#held = undefined
    if (this.#wanted) this.#ask()
  }

  reset(): void {
    this.#ring = { keys: [] }
  }

  stop(): void {
    this.#stopped = true
  }

  /** Those who verify have the new key long before it signs, so the old one serves until the new one is here. */
  #ask(): void {
    if (this.#asking !== undefined || this.#isCurrent()) return
    this.#asking = this.#untilCurrent().finally(() => {
      this.#asking = undefined
    })
  }

  #isCurrent(): boolean {
    if (this.#held === undefined) return false
    const active = this.#ring.keys.find(({ status }) => status === 'active')
    return active === undefined || active.kid === this.#held.kid
  }

  async #untilCurrent(): Promise<void> {
    for (let waitMs = RETRY_MS; !this.#isCurrent() && !this.#stopped; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
      try {
        this.#held = await fetchKey(this.#deps)
        if (this.#isCurrent()) return
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'no key for identity assertions yet')
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
    }
  }
}

async function fetchKey({ bus, clock }: AssertionKeyDeps): Promise<SigningKey> {
  const ephemeral = await ephemeralKey()
  const input = { ephemeral_jwk: ephemeral.publicJwk }
  const { kid, alg, jwe } = await call(bus, assertionKey, input, { requestId: newId(), now: clock() })
  try {
    const key = JSON.parse(await ephemeral.open(jwe)) as Parameters<typeof createPrivateKey>[0] & object
    return { kid, alg, privateKey: createPrivateKey({ key: key as never, format: 'jwk' }) }
  } catch (cause) {
    throw new Unavailable('token-issuer', { cause })
  }
}
