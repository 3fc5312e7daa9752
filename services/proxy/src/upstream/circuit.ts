/**
 * Whether a backend can be connected to, as far as the last attempts tell: while it cannot, requests are refused at once
 * instead of each waiting for its own timeout, and one at a time finds out whether it is back. Only failures to connect
 * count: what fails later may be the fault of one request, and nobody's requests should shut a service for the others.
 */

const FAILURES_MAX = 5
const OPEN_MS = 1_000
const OPEN_MAX_MS = 30_000

export class Circuit {
  #failures = 0
  #openMs = OPEN_MS
  #openUntil = 0

  /** Asked right before an attempt: a true answer after a time of refusals makes this attempt the probe. */
  admits(now: number): boolean {
    if (this.#failures < FAILURES_MAX) return true
    if (now < this.#openUntil) return false
    // The next probe, should this one never tell how it went.
    this.#openUntil = now + this.#openMs
    return true
  }

  isOpen(now: number): boolean {
    return this.#failures >= FAILURES_MAX && now < this.#openUntil
  }

  connected(): void {
    this.#failures = 0
    this.#openMs = OPEN_MS
  }

  failed(now: number): void {
    this.#failures++
    if (this.#failures < FAILURES_MAX) return
    if (this.#failures > FAILURES_MAX) this.#openMs = Math.min(OPEN_MAX_MS, this.#openMs * 2)
    this.#openUntil = now + this.#openMs
  }
}
