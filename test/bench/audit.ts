/**
 * What the audit costs whoever calls: the proxy's p50 and p99 at a steady rate, with audit off and with every call recorded in
 * a real nats-server, in turns. Also counts what the stream has: a call that is missing there was lost.
 *
 * `node test/bench/audit.ts --rounds 5 --seconds 4 --rate 5000`
 */
import { once } from 'node:events'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { streams } from '@gateway/contracts'
import { connect } from 'nats'
import { startAuditNats } from './audit-nats.ts'
import { quantile } from './core/measure.ts'
import { CALL } from './load.ts'
import { cpuSeconds, type Started, start, startNode, stop } from './processes.ts'
import type { ProxySetup } from './proxy.ts'
import type { Steady, SteadyLoad } from './steady.ts'
import { createCredentials, endpoint, serviceAt } from './subjects.ts'

const WARM_UP_SECONDS = 6
const SUBJECT_CORE = 0
const LOAD_CORE = 1

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    rate: { type: 'string', default: '5000' },
  },
})
const [rounds, seconds, perSecond] = [values.rounds, values.seconds, values.rate].map(Number) as [
  number,
  number,
  number,
]
if (availableParallelism() < 2) {
  console.error('two cores are needed: one for the proxy, one for the load, the backend and NATS')
  process.exit(1)
}

interface Subject {
  readonly name: string
  readonly process: Started
  readonly rounds: (Steady & { readonly cpuMsPerCall: number })[]
}

const [loadAtStart] = loadavg()
const nats = await startAuditNats()
const { ring, token } = createCredentials()
const backend = await startNode(LOAD_CORE, './backend.ts')
const setup = { ring, service: serviceAt(backend.port) }
const subjects = [
  await startSubject('audit off', { ...setup, audit: 'off' }),
  await startSubject('audit over NATS', { ...setup, audit: { natsUrl: nats.url } }),
]
for (const subject of subjects) await measure(subject, WARM_UP_SECONDS)
for (let round = 0; round < rounds; round++) {
  for (const subject of subjects) subject.rounds.push(await measure(subject, seconds))
}
for (const { process } of subjects) await stop(process.child)
await stop(backend.child)
report(await storedIn(nats.url))
await nats.stop()

async function startSubject(name: string, setup: ProxySetup): Promise<Subject> {
  return { name, process: await startNode(SUBJECT_CORE, './proxy.ts', [JSON.stringify(setup)]), rounds: [] }
}

async function measure({ process: { child, port } }: Subject, forSeconds: number) {
  const load: SteadyLoad = { url: endpoint(port), token, call: CALL, perSecond, seconds: forSeconds }
  const script = new URL('./steady.ts', import.meta.url).pathname
  const before = cpuSeconds(child)
  const generator = start({ core: LOAD_CORE, command: [process.execPath, script, JSON.stringify(load)] })
  const chunks: Buffer[] = []
  generator.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(generator, 'close')
  const steady = JSON.parse(Buffer.concat(chunks).toString()) as Steady
  if (steady.failed > 0) throw new Error(`${steady.failed} of ${steady.sent} calls were no success`)
  return { ...steady, cpuMsPerCall: ((cpuSeconds(child) - before) * 1_000) / steady.sent }
}

async function storedIn(url: string): Promise<number> {
  const nc = await connect({ servers: url })
  const { state } = await (await nc.jetstreamManager()).streams.info(streams.audit.name)
  await nc.close()
  return state.messages
}

function report(stored: number): void {
  const recorded = perSecond * (WARM_UP_SECONDS + rounds * seconds)
  const rows = subjects.map(({ name, rounds: all }) => {
    const of = (read: (round: Subject['rounds'][number]) => number) => quantile(all.map(read), 0.5)
    return { name, p50: of((each) => each.p50Ms), p99: of((each) => each.p99Ms), cpu: of((each) => each.cpuMsPerCall) }
  })
  const [off, on] = rows.map(({ p99 }) => p99) as [number, number]
  const lines = rows.map(
    ({ name, p50, p99, cpu }) => `| ${name} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${(cpu * 1_000).toFixed(0)} |`,
  )
  console.log(`
| ${perSecond.toLocaleString('en')} calls a second | p50 ms | p99 ms | CPU µs a call |
| --- | ---: | ---: | ---: |
${lines.join('\n')}

p99 with the audit: ${(((on - off) / off) * 100).toFixed(1)} %. ${stored.toLocaleString('en')} of ${recorded.toLocaleString('en')} recorded calls are in the stream.
Medians of ${rounds} interleaved rounds of ${seconds} s after ${WARM_UP_SECONDS} s to warm up. The proxy on core ${SUBJECT_CORE}; load and backend on core ${LOAD_CORE}, nats-server where it likes; ${cpus()[0]?.model.trim()}, Node ${process.version}, load average ${loadAtStart?.toFixed(1)} at the start.`)
}
