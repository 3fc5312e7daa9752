/** The errors that have a meaning across packages; anything else that is thrown is a bug. */

/**
 * An expected "no" with a stable code. `detail` is for logs and audit only and never leaves the process;
 * what the caller may read is decided by each surface's table (`refusals.ts`).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: string, detail: Readonly<Record<string, unknown>> = {}) {
    super(code)
    this.code = code
    this.detail = detail
  }
}

/** A dependency did not answer or cannot take the work now. Surfaces answer 503 with `Retry-After`, never a refusal. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** What is missing, in an operator's words: `bus`, `store`, `token-issuer`, `identity provider`. */
  readonly dependency: string
  readonly retryAfterSeconds: number

  constructor(dependency: string, options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {}) {
    super(`${dependency} is unavailable`, { cause: options.cause })
    this.dependency = dependency
    this.retryAfterSeconds = options.retryAfterSeconds ?? 5
  }
}

/**
 * What is there and cannot be read, by its place and the reason, never its content. As the cause of an `Unavailable` it is an
 * outage that only an operator mends, so whoever answers 503 for it logs it.
 */
export class Unreadable extends Error {
  override readonly name: string = 'Unreadable'
}

/** What an outage is about, if somebody has to mend what is stored. */
export function unreadableIn(error: unknown): Unreadable | undefined {
  return error instanceof Unavailable && error.cause instanceof Unreadable ? error.cause : undefined
}

/** Somebody else appended first: read again and decide again. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict'

  constructor(subject: string, options: { readonly cause?: unknown } = {}) {
    super(`another append to ${subject} came first`, { cause: options.cause })
  }
}

/** A configuration or environment that no retry can mend: the process prints the problems and exits 78 (EX_CONFIG). */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
