/** Appends, publications and the last message of a subject, over JetStream's API as the wire speaks it. */
import { Unavailable, VersionConflict } from '@gateway/kernel'
import { headers } from 'nats'
import { decode, encode } from '../json.ts'
import type { StoredMessage } from '../ports.ts'
import { assertId, assertName, assertSubject, subjectMatcher } from '../subjects.ts'
import { type ApiError, api, fromApi, isVersionConflict } from './errors.ts'
import { type ReplyInbox, Unanswered } from './reply-inbox.ts'
import { EXPECTED_SEQUENCE, MESSAGE_ID } from './wire.ts'

export interface StreamPlace {
  readonly name: string
  readonly subjects: readonly string[]
}

interface Acknowledgement {
  readonly seq: number
  readonly error?: ApiError
}

interface MessageAnswer {
  readonly message?: {
    readonly subject: string
    readonly seq: number
    readonly time: string
    readonly hdrs?: string
    readonly data?: string
  }
  readonly error?: ApiError
}

const ANSWER_TIMEOUT_MS = 2_000

export class NatsEventStore {
  readonly #inbox: ReplyInbox
  readonly #places: { readonly name: string; readonly holds: (subject: string) => boolean }[] = []

  constructor(inbox: ReplyInbox, streams: readonly StreamPlace[]) {
    this.#inbox = inbox
    for (const stream of streams) this.learn(stream)
  }

  /** Where a stream's subjects are kept; asking the server for it would cost a round trip and a permission. */
  learn(stream: StreamPlace): void {
    for (const subject of stream.subjects) this.#places.push({ name: stream.name, holds: subjectMatcher(subject) })
  }

  /**
   * `STREAM.MSG.GET` is answered by the stream's leader; a direct get may be answered by a follower, which was seen to be
   * stale after acknowledged appends.
   */
  async last(subject: string): Promise<StoredMessage | undefined> {
    assertSubject(subject)
    const stream = this.#places.find((place) => place.holds(subject))
    if (!stream) throw new Unavailable('bus', { cause: new Error(`no stream holds ${subject}`) })
    return this.#get(stream.name, { last_by_subj: subject })
  }

  async at(stream: string, sequence: number): Promise<StoredMessage | undefined> {
    assertName(stream)
    return this.#get(stream, { seq: sequence })
  }

  async #get(stream: string, which: object): Promise<StoredMessage | undefined> {
    const answer = await this.#ask<MessageAnswer>(`$JS.API.STREAM.MSG.GET.${stream}`, encode(which))
    if (answer.error?.err_code === api.messageNotFound) return undefined
    if (answer.error) throw fromApi(answer.error)
    return answer.message && toStoredMessage(answer.message)
  }

  async append(subject: string, id: string, data: unknown, expectedSequence: number): Promise<{ sequence: number }> {
    const answer = await this.#store(subject, id, encode(data), expectedSequence)
    if (!answer.error) return { sequence: answer.seq }
    if (!isVersionConflict(answer.error)) throw fromApi(answer.error)
    // From 2.12 on the sequence is checked before the id, so a resend of what was stored looks like a conflict.
    const last = await this.last(subject)
    if (last?.id === id) return { sequence: last.sequence }
    throw new VersionConflict(subject)
  }

  async publish(subject: string, id: string, data: unknown): Promise<void> {
    const { error } = await this.#store(subject, id, encode(data))
    if (error) throw fromApi(error)
  }

  /** A time-out leaves open whether it was stored; the same id once more settles it. */
  async #store(subject: string, id: string, json: string, expectedSequence?: number): Promise<Acknowledgement> {
    assertSubject(subject)
    assertId(id)
    const own = headers()
    own.set(MESSAGE_ID, id)
    if (expectedSequence !== undefined) own.set(EXPECTED_SEQUENCE, String(expectedSequence))
    try {
      return await this.#ask<Acknowledgement>(subject, json, own)
    } catch (error) {
      const { cause } = error as { cause?: unknown }
      if (!(cause instanceof Unanswered) || cause.reason !== 'no answer in time') throw error
      return this.#ask<Acknowledgement>(subject, json, own)
    }
  }

  async #ask<T>(subject: string, json: string, own?: ReturnType<typeof headers>): Promise<T> {
    try {
      const question = { subject, payload: json, timeoutMs: ANSWER_TIMEOUT_MS }
      const message = await this.#inbox.ask(own ? { ...question, headers: () => own } : question)
      return message.json<T>()
    } catch (error) {
      // "Nobody serves it" is how a missing stream and a JetStream that is still starting look.
      if (error instanceof Unanswered) throw new Unavailable('bus', { cause: error })
      throw error
    }
  }
}

function toStoredMessage(message: NonNullable<MessageAnswer['message']>): StoredMessage {
  const text = (base64 = '') => Buffer.from(base64, 'base64').toString()
  return {
    subject: message.subject,
    sequence: message.seq,
    id: /^Nats-Msg-Id: *([^\r]*)/m.exec(text(message.hdrs))?.[1] ?? '',
    time: Date.parse(message.time),
    data: decode(text(message.data)),
  }
}
