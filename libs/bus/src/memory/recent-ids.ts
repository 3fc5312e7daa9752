/** Which message ids were stored lately, and where: two generations, since trimming one map from its head is quadratic. */
import type { Clock } from '@gateway/kernel'

/** JetStream's default `duplicate_window`; here an id is known for one to two of them. */
export const ID_WINDOW_MS = 120_000

export class RecentIds {
  readonly #clock: Clock
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  #turnAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#turnAt = clock() + ID_WINDOW_MS
  }

  get(id: string): number | undefined {
    this.#turn()
    return this.#young.get(id) ?? this.#old.get(id)
  }

  add(id: string, sequence: number): void {
    this.#young.set(id, sequence)
  }

  #turn(): void {
    const now = this.#clock()
    if (now < this.#turnAt) return
    this.#old = now < this.#turnAt + ID_WINDOW_MS ? this.#young : new Map()
    this.#young = new Map()
    this.#turnAt = now + ID_WINDOW_MS
  }
}
