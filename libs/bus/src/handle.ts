/**
 * The one way in which a decision becomes a fact: read, decide, append at the version read; decide again when somebody
 * else was faster. Exactly one append wins, so this is also the lock.
 */
import { type Decider, fold, keyOf, Unavailable, Unreadable, VersionConflict } from '@gateway/kernel'
import { asCommit, type Commit, subjectOf } from './commit.ts'
import type { EventStore, StoredMessage } from './ports.ts'

export interface Aggregate<State, Command, Event> {
  /** `evt.<service>.<aggregate>` */
  readonly prefix: string
  readonly decider: Decider<State, Command, Event>
  /** Raised whenever the shape of the state changes. */
  readonly stateVersion: number
  /** The current state from a commit whose `stateVersion` is another one. Without it such a commit is unreadable. */
  readonly upcast?: (commit: Commit) => State
}

export interface DecisionContext {
  readonly requestId: string
  readonly actor: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface Loaded<State> {
  readonly state: State
  /** 0 when the aggregate does not exist (any more). */
  readonly version: number
  readonly sequence: number
}

export interface Decided<State, Event> extends Loaded<State> {
  /** What this decision added; what the first try added, when `repeated`. Empty when there was nothing to do. */
  readonly events: readonly Event[]
  /** This request had been decided already (a resend): nothing was appended now. */
  readonly repeated: boolean
}

const ATTEMPTS_MAX = 5
/** Whoever is that late was frozen: its caller has given up, and deciding anew would repeat what others have served. */
const LATE_MS = 2_000

/** The aggregate as its last commit left it. @throws Unavailable, with the cause Unreadable for what is no commit or of a newer version */
export async function load<State, Command, Event>(
  store: EventStore,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
): Promise<Loaded<State>> {
  const last = await store.last(subjectOf(aggregate.prefix, id))
  return toLoaded(aggregate, last)
}

/**
 * Decides `command` on aggregate `id` and appends the outcome as one commit.
 * @throws Refusal what `decide` refused
 * @throws Unavailable the bus is down, five races in a row were lost, or one after seconds of absence
 */
export async function handle<State, Command, Event>(
  store: EventStore,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  command: Command,
  context: DecisionContext,
): Promise<Decided<State, Event>> {
  const subject = subjectOf(aggregate.prefix, id)
  const startedAt = performance.now()
  let pending: { commit: Commit<State, Event>; expected: number } | undefined
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const last = await store.last(subject)
    if (last?.id.startsWith(`${context.requestId}.`)) return ours(aggregate, last)
    if (performance.now() - startedAt > LATE_MS) break
    const loaded = toLoaded(aggregate, last)
    // A conflict although nothing changed (servers differ in what they check first): the same bytes once more.
    if (pending?.expected !== loaded.sequence) {
      const events = aggregate.decider.decide(loaded.state, command)
      if (events.length === 0) return { ...loaded, events, repeated: false }
      const id = commitId(context.requestId, subject, attempt)
      pending = { commit: toCommit(aggregate, loaded, events, context, id), expected: loaded.sequence }
    }
    try {
      const { sequence } = await store.append(subject, pending.commit.id, pending.commit, pending.expected)
      // The id is that of an earlier decision of this request, which others have built on: this one was not stored.
      if (sequence <= pending.expected) {
        pending = undefined
        continue
      }
      const { state, version, events } = pending.commit
      return { state, version, sequence, events, repeated: false }
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error
      await pause(5 + Math.random() * 20)
    }
  }
  throw new Unavailable('bus', { cause: new VersionConflict(subject), retryAfterSeconds: 1 })
}

/** Distinct for each aggregate: one request may decide on two of one stream, which stores an id once. */
function commitId(requestId: string, subject: string, attempt: number): string {
  return `${requestId}.${keyOf(subject).slice(0, 8)}-${attempt}`
}

function toCommit<State, Command, Event>(
  aggregate: Aggregate<State, Command, Event>,
  loaded: Loaded<State>,
  events: readonly Event[],
  context: DecisionContext,
  id: string,
): Commit<State, Event> {
  return {
    id,
    version: loaded.version + 1,
    at: context.at,
    actor: context.actor,
    events,
    state: fold(aggregate.decider, events, loaded.state),
    stateVersion: aggregate.stateVersion,
  }
}

function toLoaded<State, Command, Event>(
  aggregate: Aggregate<State, Command, Event>,
  last: StoredMessage | undefined,
): Loaded<State> {
  if (!last) return { state: aggregate.decider.initial, version: 0, sequence: 0 }
  const commit = asCommit(last.data, last.subject)
  return { state: stateOf(aggregate, commit, last.subject), version: commit.version, sequence: last.sequence }
}

function stateOf<State, Command, Event>(
  aggregate: Aggregate<State, Command, Event>,
  commit: Commit,
  subject: string,
): State {
  if (commit.stateVersion === aggregate.stateVersion) return commit.state as State
  if (commit.stateVersion < aggregate.stateVersion && aggregate.upcast) return aggregate.upcast(commit)
  // Written by a newer version during a rolling upgrade: an older replica must not guess.
  const problem = `${subject}: state version ${commit.stateVersion}, and only ${aggregate.stateVersion} and older are known here`
  throw new Unavailable('bus', { cause: new Unreadable(problem) })
}

function ours<State, Command, Event>(
  aggregate: Aggregate<State, Command, Event>,
  last: StoredMessage,
): Decided<State, Event> {
  const commit = asCommit(last.data, last.subject)
  return { ...toLoaded(aggregate, last), events: commit.events as readonly Event[], repeated: true }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
