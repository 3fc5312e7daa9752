/**
 * One recheck of a person at a time in this replica, waited for only so long: the provider's silence stops no refresh, and an
 * answer that comes too late for one is there for the next. Across replicas it is the claim that lets one ask.
 */
type Recheck = (sub: string, refreshing: boolean) => Promise<boolean>

export class Rechecks {
  readonly #running = new Map<string, Promise<boolean>>()
  readonly #recheck: Recheck
  readonly #patienceMs: number

  /** `recheck` never rejects; it tells whether something may have changed. */
  constructor(recheck: Recheck, patienceMs: number) {
    this.#recheck = recheck
    this.#patienceMs = patienceMs
  }

  /** Whether what is held of the person may have changed; false when nobody knows yet. */
  async run(sub: string, refreshing: boolean): Promise<boolean> {
    const running = this.#running.get(sub) ?? this.#start(sub, refreshing)
    const patience = Promise.withResolvers<boolean>()
    const timer = setTimeout(patience.resolve, this.#patienceMs, false)
    try {
      return await Promise.race([running, patience.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Lets what has begun end: a token that was renewed is kept. */
  async stop(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  #start(sub: string, refreshing: boolean): Promise<boolean> {
    const started = this.#recheck(sub, refreshing).finally(() => this.#running.delete(sub))
    this.#running.set(sub, started)
    return started
  }
}
