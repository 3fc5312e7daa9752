/**
 * Removes the names of what has expired, was taken or deleted: Vault keeps them for ever.
 *
 * Removing has no check-and-set, so it takes two steps: the trace is replaced by a `sweeping` mark (with check-and-set: whoever
 * writes at the same time wins), under which nobody writes for {@link LEASE_MS}; then the name is removed, at once or not at all.
 */
import type { Clock } from '@gateway/kernel'
import type { Kv } from './kv.ts'
import { goneSince, isHeld, type VaultRecord } from './record.ts'

/** Names that one write looks at. Above one, so that sweeping outpaces writing. */
const PER_WRITE = 2
/** How often all names are listed, at most. */
const LIST_EVERY_MS = 60_000
/** Left alone for a while: what was just taken may be written again soon. */
const GRACE_MS = 60_000
/** The mark must be young when the removal is sent; far below the lease. */
const MARK_AGE_MS_MAX = 5_000

export class Sweeper {
  readonly #kv: Kv
  readonly #clock: Clock
  #names: string[] = []
  #listedAt = Number.NEGATIVE_INFINITY
  #work: Promise<void> = Promise.resolve()

  constructor(kv: Kv, clock: Clock) {
    this.#kv = kv
    this.#clock = clock
  }

  /** After a name was created: looks at a few others, in the background. What fails is looked at again another time. */
  created(): void {
    this.#work = this.#work.then(() => this.#lookAtSome()).catch(() => undefined)
  }

  /** Resolves when nothing is under way any more. */
  idle(): Promise<void> {
    return this.#work
  }

  async #lookAtSome(): Promise<void> {
    if (this.#names.length === 0) await this.#list()
    for (const name of this.#names.splice(0, PER_WRITE)) await this.#lookAt(name)
  }

  async #list(): Promise<void> {
    if (this.#clock() < this.#listedAt + LIST_EVERY_MS) return
    this.#listedAt = this.#clock()
    this.#names = [...(await this.#kv.names())]
  }

  async #lookAt(name: string): Promise<void> {
    const { revision, data } = await this.#kv.read(name)
    const now = this.#clock()
    const since = goneSince(data, now)
    if (since === undefined || now < since + GRACE_MS || isHeld(data, now)) return
    const mark: VaultRecord = { state: 'sweeping', at: now }
    const start = performance.now()
    if (!(await this.#kv.write(name, mark, revision))) return
    // A process that was frozen in between leaves the mark, which another sweep finds when its lease is over.
    if (performance.now() - start < MARK_AGE_MS_MAX) await this.#kv.remove(name)
  }
}
