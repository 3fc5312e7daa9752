/** The envelope of one decision: what happened, and the state after it, so that loading an aggregate costs one read. */
import { keyOf, Unavailable, Unreadable } from '@gateway/kernel'

/** `subject` as it stands on the bus: `evt.<service>.<aggregate>.<key>`. */
export interface Commit<State = unknown, Event = unknown> {
  /** `<request id>.<aggregate>-<attempt>`: a resend of the same bytes repeats it, a new decision never does. */
  readonly id: string
  /** 1 for the first commit of an aggregate, then one more each: a reader that sees a jump has missed something. */
  readonly version: number
  /** When it was decided, milliseconds since the epoch. */
  readonly at: number
  /** Who caused it: `user:<sub>`, `client:<client_id>`, `operator`, `service:<name>` or `anonymous`. */
  readonly actor: string
  readonly events: readonly Event[]
  readonly state: State
  /** Version of the shape of `state`; an older one is upcast before use. */
  readonly stateVersion: number
}

/** Whether a value read from a stream is a commit at all. The shapes inside are its owner's to check. */
export function isCommit(value: unknown): value is Commit {
  if (typeof value !== 'object' || value === null) return false
  const commit = value as Partial<Commit>
  return (
    typeof commit.id === 'string' &&
    typeof commit.version === 'number' &&
    typeof commit.at === 'number' &&
    typeof commit.actor === 'string' &&
    Array.isArray(commit.events) &&
    typeof commit.stateVersion === 'number' &&
    'state' in commit
  )
}

/** The request that a commit answered. */
export function requestIdOf({ id }: Pick<Commit, 'id'>): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('.')))
}

/** The subject of one aggregate: its id stands hashed, since ids may be URLs. */
export function subjectOf(prefix: string, id: string): string {
  return `${prefix}.${keyOf(id)}`
}

/** @throws Unavailable, cause Unreadable */
export function asCommit(value: unknown, subject: string): Commit {
  if (!isCommit(value))
    throw new Unavailable('bus', { cause: new Unreadable(`${subject}: the last message is no commit`) })
  return value
}
