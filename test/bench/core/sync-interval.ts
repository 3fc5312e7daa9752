/**
 * What nats-server's `sync_interval` costs: an acknowledged append is with the operating system, and on the disk after at most
 * this long, so it is what a power cut may take (a killed server loses nothing in any of them).
 */
import { subjectOf } from '@gateway/bus'
import { connectNats } from '@gateway/bus/nats'
import { newId } from '@gateway/kernel'
import { type NatsServer, startNatsServer } from '@gateway/testing'
import { type Figures, measure, median, ms, table, times, whole } from './measure.ts'

/** Absent: the server's own default. */
const INTERVALS = ['always', '100ms', '2s', undefined] as const
const ROUNDS = 5
const SEQUENTIAL = 500
const TOGETHER = 5_000
const IN_FLIGHT = 64
const PREFIX = 'evt.bench.aggregate'
const STREAM = { name: 'EVT_BENCH', subjects: [`${PREFIX}.*`], discard: 'new', appendOnly: false, replicas: 1 } as const
/** Of the size of an audit event. */
const MESSAGE = { filling: 'x'.repeat(560) }

interface Subject {
  readonly name: string
  readonly server: NatsServer
  readonly append: () => Promise<unknown>
  stop(): Promise<void>
  readonly alone: Figures[]
  readonly together: Figures[]
}

export async function measureSyncInterval(): Promise<string> {
  const subjects = await Promise.all(INTERVALS.map(startWith))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { append, alone, together } of subjects) {
      const [one, many] = [await measure(SEQUENTIAL, 1, append), await measure(TOGETHER, IN_FLIGHT, append)]
      if (round === 0) continue
      alone.push(one)
      together.push(many)
    }
  }
  const reference = median(subjects.at(-1)?.together ?? []).perSecond
  const rows = subjects.map(({ name, alone, together }) => {
    const [one, many] = [median(alone), median(together)]
    return [
      name,
      ms(one.p50),
      ms(one.p99),
      ms(many.p50),
      ms(many.p99),
      whole(many.perSecond),
      times(many.perSecond / reference),
    ]
  })
  for (const subject of subjects) await subject.stop()
  const head = [
    'sync_interval',
    'p50 ms, one at a time',
    'p99 ms',
    `p50 ms, ${IN_FLIGHT} in flight`,
    'p99 ms',
    'per second',
    'of the default',
  ]
  return `${table(head, rows)}\n\nAppends of ${JSON.stringify(MESSAGE).length} bytes to new aggregates. Medians of ${ROUNDS} interleaved rounds of ${whole(SEQUENTIAL)} and ${whole(TOGETHER)}.`
}

async function startWith(interval: (typeof INTERVALS)[number]): Promise<Subject> {
  const server = await startNatsServer(
    interval === undefined ? {} : { config: `jetstream { sync_interval: ${interval} }` },
  )
  const bus = await connectNats({ url: server.url, name: 'bench', streams: [STREAM] })
  await bus.ensureStream(STREAM)
  const append = () => bus.append(subjectOf(PREFIX, newId()), newId(), MESSAGE, 0)
  const stop = async () => {
    await bus.close()
    await server.stop()
  }
  return { name: interval ?? 'default (2 min)', server, append, stop, alone: [], together: [] }
}
