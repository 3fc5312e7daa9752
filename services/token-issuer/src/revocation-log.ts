/** The revocations as this replica knows them from the stream, and how far it knows them. */
import type { StoredMessage, View } from '@gateway/bus'
import { revocationSchema } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import type { RevocableToken, Revocations } from './domain/revocations.ts'

export class RevocationLog implements View {
  readonly #revocations: Revocations
  readonly #waiting = new Set<() => void>()
  #sequence = 0

  constructor(revocations: Revocations) {
    this.#revocations = revocations
  }

  snapshot(now: number): unknown {
    return this.#revocations.snapshot(now)
  }

  fresh(): RevocationLog {
    return new RevocationLog(this.#revocations.fresh())
  }

  reset(): void {
    this.#revocations.reset()
    this.#sequence = 0
  }

  /** What cannot be read concerns nothing; what is known stands. */
  apply({ sequence, data }: StoredMessage): void {
    const revocation = revocationSchema.safeParse(data)
    if (revocation.success) this.#revocations.project(revocation.data)
    this.#sequence = sequence
    for (const look of this.#waiting) look()
  }

  concerns(token: RevocableToken): boolean {
    return this.#revocations.concerns(token)
  }

  /** Resolves once everything up to `sequence` is known here. @throws Unavailable when that takes longer than `withinMs` */
  async reached(sequence: number, withinMs: number): Promise<void> {
    if (this.#sequence >= sequence) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => this.#sequence >= sequence && resolve()
    const timer = setTimeout(() => reject(new Unavailable('bus')), Math.max(withinMs, 0))
    this.#waiting.add(look)
    await promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(look)
    })
  }
}
