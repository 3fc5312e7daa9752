/**
 * `npm run bench`: requests per second of one core, ours beside what operators would put there instead. All subjects are
 * measured in turns within one run, since figures of different moments of a machine cannot be compared.
 *
 * `--rounds 5 --seconds 4 --connections 32 --only <part of a name>`
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startAuditNats } from './audit-nats.ts'
import { quantile } from './core/measure.ts'
import { atSteadyRate, toFirstByte } from './latency.ts'
import { CALL, measure, type Round, writeScript } from './load.ts'
import { cpuSeconds, installed, startNode, stop } from './processes.ts'
import { createCredentials, type Subject, startSubjects } from './subjects.ts'

/** Long enough for the compiler of our subjects to have made up its mind. */
const WARM_UP_SECONDS = 8
const SUBJECT_CORE = 0
const LOAD_CORE = 1
const REFERENCE = 'HAProxy, jwt_verify ES256'
const OURS = 'this proxy, audit off'

interface Measured extends Round {
  readonly requestsPerCpuSecond: number | undefined
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string' },
  },
})
const [loadAtStart] = loadavg()
const [rounds, seconds, connections] = [values.rounds, values.seconds, values.connections].map(Number) as [
  number,
  number,
  number,
]

for (const program of ['wrk', 'taskset']) {
  if (installed(program)) continue
  console.error(`${program} is not installed (Debian: apt-get install wrk util-linux): nothing can be measured`)
  process.exit(1)
}
if (cpus().length < 2) {
  console.error('two cores are needed: one for the subject, one for the load generator and the backend')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'))
try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const credentials = createCredentials()
  const script = join(folder, 'call.lua')
  writeScript(script, CALL, credentials.token)
  // What this process starts itself, which is nats-server, is on the core of the load too.
  execFileSync('taskset', ['-cp', String(LOAD_CORE), String(process.pid)])
  const nats = await startAuditNats()
  const backend = await startNode(LOAD_CORE, './backend.ts')
  const where = { core: SUBJECT_CORE, folder, backendPort: backend.port, natsUrl: nats.url }
  const all = await startSubjects(where, credentials)
  const subjects = all.filter(({ name }) => values.only === undefined || name.includes(values.only))
  const measured = new Map<Subject, Measured[]>(subjects.map((subject) => [subject, []]))
  const load = { core: LOAD_CORE, connections, seconds, script }
  for (const subject of subjects) await measureOne(subject, { ...load, seconds: WARM_UP_SECONDS })
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) measured.get(subject)?.push(await measureOne(subject, load))
  }
  console.log(`\n${table(measured)}\n\n${conditions()}`)
  const [direct, ours] = [all[0], all.find(({ name }) => name === OURS)]
  const most = ours && measured.get(ours)?.map((round) => round.requestsPerSecond)
  if (direct && ours && most) {
    const place = { subjectCore: SUBJECT_CORE, loadCore: LOAD_CORE, rounds: Math.min(rounds, 3), credentials }
    const rate = { direct: direct.url, proxied: ours.url, call: CALL, perSecond: Math.round(median(most) / 2) }
    console.log(`\n${await atSteadyRate(place, rate)}\n${await toFirstByte(place)}`)
  }
  for (const { process } of all) if (process) await stop(process.child)
  await stop(backend.child)
  await nats.stop()
}

async function measureOne(subject: Subject, load: Parameters<typeof measure>[0]): Promise<Measured> {
  const before = subject.process ? cpuSeconds(subject.process.child) : 0
  const round = await measure(load, subject.url)
  const used = subject.process ? cpuSeconds(subject.process.child) - before : 0
  console.error(`${subject.name}: ${Math.round(round.requestsPerSecond)}/s`)
  return { ...round, requestsPerCpuSecond: used > 0 ? (round.requestsPerSecond * load.seconds) / used : undefined }
}

function table(measured: ReadonlyMap<Subject, readonly Measured[]>): string {
  const rows = [...measured].map(([{ name }, all]) => ({
    name,
    perSecond: median(all.map((round) => round.requestsPerSecond)),
    perCpuSecond: median(all.flatMap((round) => round.requestsPerCpuSecond ?? [])),
    p50: median(all.map((round) => round.p50Ms)),
    p99: median(all.map((round) => round.p99Ms)),
  }))
  const reference = rows.find(({ name }) => name === REFERENCE)
  const lines = rows.map(({ name, perSecond, perCpuSecond, p50, p99 }) => {
    const ratio = reference ? `${(perSecond / reference.perSecond).toFixed(2)} ×` : '–'
    const ratioCpu = reference && perCpuSecond ? `${(perCpuSecond / reference.perCpuSecond).toFixed(2)} ×` : '–'
    const cells = [name, whole(perSecond), ratio, whole(perCpuSecond), ratioCpu, p50.toFixed(2), p99.toFixed(2)]
    return `| ${cells.join(' | ')} |`
  })
  return [
    `| subject | requests/s | of jwt_verify | requests/CPU s | of jwt_verify | p50 ms | p99 ms |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n')
}

function conditions(): string {
  const busy =
    (loadAtStart ?? 0) > 0.5
      ? ` The machine was busy with other work (load average ${loadAtStart?.toFixed(1)} at the start): compare CPU seconds.`
      : ''
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`
  return `Medians of ${rounds} interleaved rounds of ${seconds} s after ${WARM_UP_SECONDS} s each to warm up; ${connections} connections, a ${CALL.length}-byte \`tools/call\`, one bearer; no subject writes an access log. Subject on core ${SUBJECT_CORE}, wrk, backend and nats-server on core ${LOAD_CORE}; ${machine}. Requests per CPU second are those per second of CPU time that the subject used, so that other work on the machine counts less.${busy}`
}

/** 0 where nothing was measured. */
function median(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : quantile(numbers, 0.5)
}

function whole(amount: number): string {
  return amount === 0 ? '–' : Math.round(amount).toLocaleString('en')
}
