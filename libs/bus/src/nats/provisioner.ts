/** Streams and durables as `gateway bootstrap` wants them, compared field by field with what the server has. */
import { Misconfigured } from '@gateway/kernel'
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats'
import type { Provisioned, Provisioner, ResolvedDurable, ResolvedStream } from '../ports.ts'
import { pause, retryDelayMs } from '../retry.ts'
import { assertFilter, assertName } from '../subjects.ts'
import type { Connection } from './connection.ts'
import { api, apiCodeOf, fromDriver, isForming } from './errors.ts'
import { assertReplicable } from './replication.ts'

/** A cluster elects within seconds; whoever waits longer than this has servers that are down. */
const FORMING_MS = 30_000
const RETRY_MS_MAX = 1_000
const DUPLICATE_WINDOW_MS = 120_000
/** Bounds what a replica may hold; replicas together hold no more either. */
const UNACKNOWLEDGED_MAX = 256
/** Of a request in the API: no limit. */
const UNLIMITED = -1

export class NatsProvisioner implements Provisioner {
  readonly #connection: Connection
  readonly #onStream: (stream: ResolvedStream) => void

  constructor(connection: Connection, onStream: (stream: ResolvedStream) => void) {
    this.#connection = connection
    this.#onStream = onStream
  }

  async ensureStream(stream: ResolvedStream, { check = false } = {}): Promise<Provisioned> {
    assertName(stream.name)
    stream.subjects.forEach(assertFilter)
    assertReplicable(this.#connection, stream.replicas)
    const wanted = streamConfig(stream)
    return this.#untilFormed(`stream ${stream.name}`, async (manager) => {
      const found = await unlessMissing(manager.streams.info(stream.name), api.streamNotFound)
      const outcome = compare(found?.config, wanted)
      if (!check && outcome === 'created') await manager.streams.add(wanted)
      if (!check && outcome === 'updated') await manager.streams.update(stream.name, wanted)
      this.#onStream(stream)
      return outcome
    })
  }

  async ensureDurable(durable: ResolvedDurable, { check = false } = {}): Promise<Provisioned> {
    assertName(durable.name)
    if (durable.subject !== undefined) assertFilter(durable.subject)
    const wanted = durableConfig(durable)
    const { stream, name } = durable
    return this.#untilFormed(`durable ${stream}/${name}`, async (manager) => {
      const found = await unlessMissing(manager.consumers.info(stream, name), api.consumerNotFound)
      const outcome = compare(found?.config, wanted)
      if (!check && outcome === 'created') await manager.consumers.add(stream, wanted)
      if (!check && outcome === 'updated') await manager.consumers.update(stream, name, wanted)
      return outcome
    })
  }

  /**
   * Asks again while a cluster is still forming or elects. What the server refuses (an immutable field, a subject that
   * another stream has) is for the operator to read. @throws Misconfigured, Unavailable
   */
  async #untilFormed<T>(what: string, work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const deadline = performance.now() + FORMING_MS
    for (let failures = 1; ; failures++) {
      try {
        return await work(await this.#connection.manager())
      } catch (error) {
        const translated = translate(what, error)
        const refusal = refusalOf(error)
        const asksAgain = translated.name === 'Unavailable' || (refusal !== undefined && isForming(refusal))
        if (!asksAgain || performance.now() > deadline) throw translated
        await pause(retryDelayMs(failures, RETRY_MS_MAX))
      }
    }
  }
}

/** The server tells bad settings as 500 as well; what may pass by itself (no leader, no resources) is 503. */
function translate(what: string, error: unknown): Error {
  const refusal = refusalOf(error)
  if (refusal && refusal.code !== 503) return new Misconfigured([`nats: ${what}: ${refusal.description}`])
  return fromDriver(error)
}

function refusalOf(error: unknown): NatsError['api_error'] {
  return error instanceof NatsError ? error.api_error : undefined
}

function streamConfig(stream: ResolvedStream): StreamConfig {
  const windowMs = Math.min(DUPLICATE_WINDOW_MS, stream.maxAgeMs ?? DUPLICATE_WINDOW_MS)
  return {
    name: stream.name,
    subjects: [...stream.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: stream.replicas,
    discard: stream.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
    max_age: nanos(stream.maxAgeMs ?? 0),
    max_msgs: stream.maxMessages ?? UNLIMITED,
    max_bytes: stream.maxBytes ?? UNLIMITED,
    max_msgs_per_subject: stream.maxMessagesPerSubject ?? UNLIMITED,
    duplicate_window: nanos(windowMs),
    deny_delete: stream.appendOnly,
    deny_purge: stream.appendOnly,
    // Direct gets are answered by followers too, which may be behind.
    allow_direct: false,
  } as StreamConfig
}

function durableConfig(durable: ResolvedDurable): Partial<ConsumerConfig> {
  return {
    durable_name: durable.name,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(durable.ackWaitMs),
    deliver_policy: DeliverPolicy.All,
    max_deliver: UNLIMITED,
    max_ack_pending: UNACKNOWLEDGED_MAX,
    filter_subject: durable.subject,
  } as Partial<ConsumerConfig>
}

/** Only the fields that we set count (a server adds its own), and an absent one is the same as zero, false or empty. */
function compare(found: object | undefined, wanted: object): Provisioned {
  if (!found) return 'created'
  const text = (value: unknown) => JSON.stringify(value || null)
  const has = found as Readonly<Record<string, unknown>>
  return Object.entries(wanted).some(([field, value]) => text(has[field]) !== text(value)) ? 'updated' : 'unchanged'
}

async function unlessMissing<T>(found: Promise<T>, missingCode: number): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (apiCodeOf(error) === missingCode) return undefined
    throw error
  }
}
