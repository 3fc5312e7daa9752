/**
 * What the services need of a bus, and nothing of how it is done. Adapters: `memory/`, `nats/`; both pass the suites in
 * `contract/`. Values cross as JSON even in one process, so that no two services ever share a mutable object.
 */

/** Travels with every request; a responder that comes to it after `deadline` drops it. */
export interface RequestContext {
  /** Identifies one user-visible request through all services; commit ids begin with it. */
  readonly requestId: string
  /** Milliseconds since the epoch. */
  readonly deadline: number
  /** When its caller asked first, however often it has asked since, milliseconds since the epoch. Known where `serve` is used. */
  readonly askedAt?: number | undefined
}

export interface AskContext extends RequestContext {
  /**
   * Present where a repeat does no harm: a responder that gives no sign of life for so long may be dead or frozen, and the
   * queue is asked again. It drops what it comes to later than that. In one process nobody dies alone, so nobody asks twice.
   */
  readonly askAgainAfterMs?: number | undefined
}

export interface Requester {
  /**
   * Asks whoever serves `subject`.
   * @throws Refusal what the responder refused with, code and detail
   * @throws Unavailable nobody serves it, no answer in time, not connected, or the responder failed
   */
  request(subject: string, data: unknown, context: AskContext): Promise<unknown>
}

export interface Responder {
  /**
   * Serves `subject` as a member of `queue`: each request reaches one member. The handler's value is the answer; a thrown
   * `Refusal` or `Unavailable` crosses to the caller, anything else reaches it as `Unavailable` without its text.
   */
  serve(subject: string, queue: string, handler: RequestHandler): Promise<Subscription>
}

export type RequestHandler = (data: unknown, context: RequestContext) => Promise<unknown>

export interface Subscription {
  /** Takes no new work, lets what has begun finish and answer, then resolves. */
  stop(): Promise<void>
}

/** One message of a stream. `data` is undefined when the bytes were no JSON: for the reader to park, never to crash on. */
export interface StoredMessage {
  readonly subject: string
  /** Position in its stream, from 1. */
  readonly sequence: number
  /** The message id given at append or publish. */
  readonly id: string
  /** When the bus stored it, milliseconds since the epoch. */
  readonly time: number
  readonly data: unknown
}

export interface EventStore {
  /** The newest message of exactly this subject, read from the leader; undefined when there is none (or it aged out). */
  last(subject: string): Promise<StoredMessage | undefined>
  /**
   * Appends if the newest message of `subject` still has `expectedSequence` (0: none). Resolves once it is stored.
   * Sending the same `id` again is safe: it is stored once.
   * @throws VersionConflict another append came first
   * @throws Unavailable not stored, or nobody can say whether it was: read again before deciding anew; with the cause
   *   `StreamFull` when the stream takes no more
   */
  append(subject: string, id: string, data: unknown, expectedSequence: number): Promise<{ readonly sequence: number }>
}

export interface Publisher {
  /** Stores a message of a stream without expecting anything of its predecessors; the same `id` is stored once. @throws Unavailable */
  publish(subject: string, id: string, data: unknown): Promise<void>
}

/** A view held in memory, folded from a stream. Both methods are synchronous and must not throw. */
export interface View {
  /** Forgets everything: the stream is another one, or is read anew from its beginning. */
  reset(): void
  apply(message: StoredMessage): void
  /** All that it holds at `now`, without what would be forgotten by then: the same for every view of the same facts. */
  snapshot?(now: number): unknown
  /** An empty view of the same kind, to fold the facts afresh and compare. */
  fresh?(): View
}

export interface Projection {
  /** Resolves when everything that was in the stream at the start has been applied. */
  readonly caughtUp: Promise<void>
  /** Messages known to be in the stream and not yet applied; 0 when current, Infinity while the stream has never been seen. */
  lag(): number
  /** `caughtUp` rejects with `Unavailable` when it had not been reached. */
  stop(): Promise<void>
}

/** `subject` may have `*` for a token, and end in `>`; it selects from one stream. */
export interface Source {
  readonly stream: string
  readonly subject: string
}

export interface StreamReader {
  /**
   * Replays the source from its beginning (or from `since`, milliseconds since the epoch), then follows it, for as long as it
   * is not stopped; survives outages by itself and waits for a stream that does not exist yet.
   */
  project(source: Source & { readonly since?: number }, view: View): Promise<Projection>
  /**
   * Works through a durable consumer that `gateway bootstrap` created: at least once, in order per subject where nothing fails.
   * The handler resolves when done; it is called again, later, for as long as it throws: nothing is given up. What it calls an
   * `UnreadableFact` is parked. Replicas that consume the same durable share its messages.
   */
  consume(durable: { readonly stream: string; readonly name: string }, handler: MessageHandler): Promise<Subscription>
  /**
   * Hands one message over to the handler that consumes `durable` here, whatever became of it before.
   * @throws what the handler throws; Refusal `message_gone`; Unavailable nobody here consumes it
   */
  redeliver(durable: { readonly stream: string; readonly name: string }, sequence: number): Promise<void>
  /** One message by its place, read from the leader; undefined when there is none (any more). */
  at(stream: string, sequence: number): Promise<StoredMessage | undefined>
}

export type MessageHandler = (message: StoredMessage) => Promise<void>

/** Retention with every number decided; `gateway bootstrap` makes it from the data in `libs/contracts`. */
export interface ResolvedStream {
  readonly name: string
  readonly subjects: readonly string[]
  readonly maxAgeMs?: number | undefined
  readonly maxMessages?: number | undefined
  readonly maxBytes?: number | undefined
  readonly maxMessagesPerSubject?: number | undefined
  /** What a full stream does: refuse the append, or drop the oldest. Old age and `maxMessagesPerSubject` always drop. */
  readonly discard: 'new' | 'old'
  /** Nobody may delete or purge messages. */
  readonly appendOnly: boolean
  readonly replicas: number
}

export interface ResolvedDurable {
  readonly stream: string
  readonly name: string
  /** The one filter; absent: the whole stream. */
  readonly subject?: string | undefined
  /** How long a message stays with a replica that died. */
  readonly ackWaitMs: number
}

export type Provisioned = 'created' | 'updated' | 'unchanged'

/** For `gateway bootstrap` and the tests; services never provision. Repeating a call is harmless. */
export interface Provisioner {
  /** With `check` nothing is changed, and the answer is what would have been done. @throws Misconfigured, Unavailable */
  ensureStream(stream: ResolvedStream, options?: { readonly check?: boolean }): Promise<Provisioned>
  ensureDurable(durable: ResolvedDurable, options?: { readonly check?: boolean }): Promise<Provisioned>
}

/**
 * Told of what a bus survives by itself and somebody should read of: a handler's bug, a delivery that will be repeated, a
 * stream that is missing. Whoever opens the bus hands in a logger.
 */
export type FailureListener = (error: unknown, at: FailurePlace) => void

export interface FailurePlace {
  readonly activity: 'connect' | 'serve' | 'consume' | 'park' | 'project' | 'journal'
  /** The subject served, the stream projected, `<stream>/<durable>` or, of what was parked, `<stream>/<durable>/<sequence>`. */
  readonly of: string
}

/** Texts by key that outlive the process: where a bus of one process keeps its streams. Admits one process at a time. */
export interface Journal {
  /** All that is kept, in any order; once, before the first write. @throws Misconfigured it is unreadable; Unavailable */
  load(): AsyncIterable<readonly [key: string, text: string]>
  /**
   * Resolves once all of the batch is durable; a batch is kept as a whole or not at all.
   * @throws Unavailable nobody can say whether it is kept: `settle` must find out before the next one
   * @throws Misconfigured another process has taken the journal
   */
  write(batch: JournalBatch): Promise<void>
  /** Whether the batch that failed is kept after all. If it is not, it never will be. @throws Unavailable, Misconfigured */
  settle(): Promise<boolean>
  close(): Promise<void>
}

export interface JournalBatch {
  readonly puts: readonly (readonly [key: string, text: string])[]
  readonly removes: readonly string[]
  /** All that was kept before this batch: for a journal that writes itself anew. */
  readonly everything: () => Iterable<readonly [key: string, text: string]>
}

export interface Bus extends Requester, Responder, EventStore, Publisher, StreamReader {
  status(): 'up' | 'down' | 'closed'
  /** Flushes what is under way and disconnects. Subscriptions are stopped first by their owners. */
  close(): Promise<void>
}
