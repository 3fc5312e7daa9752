/** How streams and durables stand in a journal: one text for each message, one for what a stream or a durable must remember. */
import { Misconfigured } from '@gateway/kernel'
import type { Journal } from '../ports.ts'
import type { Durable, Progress } from './durable.ts'
import type { KeptMessage, StoredReference, Stream } from './stream.ts'

export type Text = readonly [key: string, text: string]

export function messageText(stream: string, { subject, sequence, id, time, json }: StoredReference): Text {
  // The body stands in it as it came, instead of being parsed and written again.
  return [messageKey(stream, sequence), `${JSON.stringify({ subject, id, time }).slice(0, -1)},"data":${json}}`]
}

export function messageKey(stream: string, sequence: number): string {
  return `message/${stream}/${sequence}`
}

/** The sequence must outlive the last message, or a new one would take its number. */
export function streamText({ spec, lastSequence }: Stream): Text {
  return [`stream/${spec.name}`, JSON.stringify({ last: lastSequence })]
}

export function durableText(durable: Durable): Text {
  const { stream, name } = durable.spec
  return [`durable/${stream}/${name}`, JSON.stringify(durable.progress())]
}

/** What an earlier process kept, until the stream or durable that it belongs to is there again. */
export class Kept {
  readonly #messages = new Map<string, KeptMessage[]>()
  readonly #lastSequences = new Map<string, number>()
  readonly #progress = new Map<string, Progress>()

  /** @throws Misconfigured what is no record of a journal: going on without it could bring back what was revoked */
  static async from(journal: Journal): Promise<Kept> {
    const kept = new Kept()
    for await (const [key, text] of journal.load()) kept.#add(key, text)
    return kept
  }

  restore(stream: Stream): void {
    const { name } = stream.spec
    stream.restore(this.#messages.get(name) ?? [], this.#lastSequences.get(name) ?? 0)
    this.#messages.delete(name)
    this.#lastSequences.delete(name)
  }

  restoreProgress(durable: Durable): void {
    const key = `${durable.spec.stream}/${durable.spec.name}`
    const progress = this.#progress.get(key)
    if (progress) durable.restore(progress)
    this.#progress.delete(key)
  }

  /** What nobody has asked for (yet): it stays as it is. */
  *unclaimed(): IterableIterator<Text> {
    for (const [stream, messages] of this.#messages) for (const message of messages) yield messageText(stream, message)
    for (const [stream, last] of this.#lastSequences) yield [`stream/${stream}`, JSON.stringify({ last })]
    for (const [key, progress] of this.#progress) yield [`durable/${key}`, JSON.stringify(progress)]
  }

  #add(key: string, text: string): void {
    const [kind, stream = '', rest = ''] = key.split('/')
    try {
      const value = JSON.parse(text) as Record<string, unknown>
      if (kind === 'message')
        this.#addMessage(stream, Number(rest), value as unknown as KeptMessage & { data: unknown })
      else if (kind === 'stream') this.#lastSequences.set(stream, Number(value['last']))
      else if (kind === 'durable') this.#progress.set(`${stream}/${rest}`, value as unknown as Progress)
      else throw new TypeError('unknown kind')
    } catch {
      throw new Misconfigured([`the journal holds what is no record of it: ${JSON.stringify(key.slice(0, 200))}`])
    }
  }

  #addMessage(stream: string, sequence: number, value: Omit<KeptMessage, 'json'> & { readonly data: unknown }): void {
    const { subject, id, time, data } = value
    const whole = typeof subject === 'string' && typeof id === 'string' && typeof time === 'number'
    if (!whole || !Number.isSafeInteger(sequence)) throw new TypeError('no message')
    const messages = this.#messages.get(stream) ?? []
    if (messages.length === 0) this.#messages.set(stream, messages)
    messages.push({ subject, sequence, id, time, json: JSON.stringify(data) })
  }
}
