/** Whether the number of aggregates matters: the same appends and loads with few and with many on the stream. */
import { type Commit, subjectOf } from '@gateway/bus'
import { connectNats, type NatsBus } from '@gateway/bus/nats'
import { newId } from '@gateway/kernel'
import { startNatsServer } from '@gateway/testing'
import { connect } from 'nats'
import { fill } from './fill.ts'
import { compareSizes, whole } from './measure.ts'

const PREFIX = 'evt.bench.aggregate'
const STREAM = {
  name: 'EVT_BENCH',
  subjects: [`${PREFIX}.*`],
  discard: 'new',
  appendOnly: false,
  replicas: 1,
  maxMessagesPerSubject: 16,
} as const
const FEW = 1_000
const OPERATIONS = 2_000
const ROUNDS = 5

interface Filled {
  readonly bus: NatsBus
  readonly count: number
  stop(): Promise<void>
}

const work = {
  'append to a new one': async ({ bus }: Filled) => {
    const subject = subjectOf(PREFIX, newId())
    await bus.append(subject, newId(), commitOf(0), 0)
  },
  'load one': async ({ bus, count }: Filled) => bus.last(subjectOf(PREFIX, anyOf(count))),
  'load one and append to it': async ({ bus, count }: Filled) => {
    const subject = subjectOf(PREFIX, anyOf(count))
    const last = await bus.last(subject)
    if (!last) throw new Error('an aggregate is missing')
    await bus.append(subject, newId(), commitOf(0), last.sequence)
  },
} as const satisfies Record<string, (filled: Filled) => Promise<unknown>>

export async function measureAggregates(many: number): Promise<string> {
  const [few, full] = [await startFilled(FEW), await startFilled(many)]
  const operations = Object.fromEntries(
    Object.entries(work).map(([name, operation]) => [name, { few: () => operation(few), many: () => operation(full) }]),
  )
  const compared = await compareSizes({ few: FEW, many }, operations, { rounds: ROUNDS, count: OPERATIONS })
  await few.stop()
  await full.stop()
  return `${compared}\n\nAggregates on one stream of one nats-server each; goal 1.5 ×. Medians of ${ROUNDS} interleaved rounds of ${whole(OPERATIONS)}.`
}

async function startFilled(count: number): Promise<Filled> {
  const server = await startNatsServer()
  const bus = await connectNats({ url: server.url, name: 'bench', streams: [STREAM] })
  await bus.ensureStream(STREAM)
  const nc = await connect({ servers: server.url })
  await fill(nc, STREAM.name, count, (index) => ({
    subject: subjectOf(PREFIX, String(index)),
    id: `fill.${index}`,
    data: commitOf(index),
  }))
  await nc.close()
  const stop = async () => {
    await bus.close()
    await server.stop()
  }
  return { bus, count, stop }
}

function anyOf(count: number): string {
  return String(Math.floor(Math.random() * count))
}

/** Of the size of a token family's. */
function commitOf(index: number): Commit {
  const state = {
    status: 'active',
    family: newId(),
    sub: `google:${index}`,
    client_id: newId(),
    filling: 'x'.repeat(300),
  }
  return {
    id: newId(),
    version: 1,
    at: 0,
    actor: 'client:bench',
    events: [{ type: 'TokenRotated' }],
    state,
    stateVersion: 1,
  }
}
