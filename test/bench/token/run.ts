/**
 * `npm run bench:token`: how many codes and refresh tokens one core turns into tokens, beside `oidc-provider` in the same
 * run, and what five processes over NATS and Redis do.
 *
 * `--rounds 5 --seconds 3 --connections 16 --codes 400 --only <part of a name>`
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { quantile, table, times, whole } from '../core/measure.ts'
import { installed } from '../processes.ts'
import { type Connection, openConnection } from './load.ts'
import { CLIENT, type Subject, startFive, startGateway, startOidcProvider } from './subjects.ts'
import { VERIFIER, type Visitor, visitors } from './visitor.ts'

const SUBJECT_CORE = 0
const LOAD_CORE = 1
const REFERENCE = 'oidc-provider'
const FIGURES = ['code', 'codeCpu', 'refresh', 'refreshCpu'] as const

interface Round {
  readonly perSecond: number
  readonly perCpuSecond: number | undefined
}

interface Measured {
  readonly name: string
  readonly subject: Subject
  readonly visitor: Visitor
  readonly code: Round[]
  readonly refresh: Round[]
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
    codes: { type: 'string', default: '400' },
    only: { type: 'string' },
  },
})
const [rounds = 0, seconds = 0, connections = 0, codes = 0] = [
  values.rounds,
  values.seconds,
  values.connections,
  values.codes,
].map(Number)
const [loadAtStart = 0] = loadavg()

if (!installed('taskset') || cpus().length < 2) {
  console.error('taskset and two cores are needed: one for the subject, one for the load generator')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'))
try {
  spawnSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(process.pid)])
  const alone = await measureTogether({
    'this gateway, one process': () => startGateway(SUBJECT_CORE, folder),
    [REFERENCE]: () => startOidcProvider(SUBJECT_CORE),
  })
  // These share both cores with everything else: the load generator too.
  spawnSync('taskset', ['-a', '-c', '-p', `${SUBJECT_CORE},${LOAD_CORE}`, String(process.pid)])
  const five = await measureTogether({ 'this gateway, five processes': startFive })
  console.log(`\n${report([...alone, ...five])}\n\n${conditions()}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** In turns: the first round of each warms it up and does not count. */
async function measureTogether(starts: Readonly<Record<string, () => Promise<Subject>>>): Promise<readonly Measured[]> {
  const measured: Measured[] = []
  for (const [name, start] of Object.entries(starts)) {
    if (values.only !== undefined && !name.includes(values.only)) continue
    const subject = await start()
    measured.push({ name, subject, visitor: await visitors(subject), code: [], refresh: [] })
  }
  for (let round = 0; round <= rounds; round++) {
    for (const one of measured) await measureOne(one, round)
  }
  for (const { subject } of measured) await subject.stop()
  return measured
}

async function measureOne({ name, subject, visitor, code, refresh }: Measured, round: number): Promise<void> {
  const url = new URL(subject.tokenPath, subject.issuer)
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(url)))
  const waiting: string[] = []
  for (let index = 0; index < codes; index++) waiting.push(await visitor.code())
  const lineages: string[] = []
  const redeemed = await timed(subject, () => Promise.all(open.map((one) => redeemAll(one, waiting, lineages))))
  const refreshed = await timed(subject, async () => {
    const until = performance.now() + seconds * 1_000
    return Promise.all(open.map((one, index) => refreshUntil(one, lineages[index] ?? '', until)))
  })
  for (const one of open) one.close()
  console.error(`${name}: code ${whole(redeemed.perSecond)}/s, refresh ${whole(refreshed.perSecond)}/s`)
  if (round === 0) return
  code.push(redeemed)
  refresh.push(refreshed)
}

/** How many it did. */
async function redeemAll(connection: Connection, waiting: string[], lineages: string[]): Promise<number> {
  let done = 0
  for (let code = waiting.pop(); code !== undefined; code = waiting.pop()) {
    const { redirectUri: redirect_uri, id: client_id } = CLIENT
    const fields = { grant_type: 'authorization_code', code, redirect_uri, client_id, code_verifier: VERIFIER }
    lineages.push((await connection.post(fields)).refresh_token)
    done++
  }
  return done
}

/** One lineage: every answer's refresh token is the next request's. */
async function refreshUntil(connection: Connection, first: string, until: number): Promise<number> {
  let [done, token] = [0, first]
  while (performance.now() < until) {
    const fields = { grant_type: 'refresh_token', refresh_token: token, client_id: CLIENT.id }
    const next = (await connection.post(fields)).refresh_token
    if (next === token) throw new Error('the refresh token was not rotated')
    token = next
    done++
  }
  return done
}

async function timed(subject: Subject, work: () => Promise<readonly number[]>): Promise<Round> {
  const cpuBefore = subject.cpuSeconds()
  const startedAt = performance.now()
  const done = (await work()).reduce((sum, one) => sum + one, 0)
  const perSecond = (done * 1_000) / (performance.now() - startedAt)
  const used = (subject.cpuSeconds() ?? 0) - (cpuBefore ?? 0)
  return { perSecond, perCpuSecond: used > 0 ? done / used : undefined }
}

function report(measured: readonly Measured[]): string {
  const rows = measured.map((one) => ({ name: one.name, ...mediansOf(one) }))
  const reference = rows.find(({ name }) => name === REFERENCE)
  const ratio = (own: number, its: number | undefined) => (its === undefined || own === 0 ? '–' : times(own / its))
  return table(
    ['', 'codes/s', 'ratio', 'codes/CPU s', 'ratio', 'refreshes/s', 'ratio', 'refreshes/CPU s', 'ratio'],
    rows.map((row) => [
      row.name,
      ...FIGURES.flatMap((figure) => [
        row[figure] === 0 ? '–' : whole(row[figure]),
        ratio(row[figure], reference?.[figure]),
      ]),
    ]),
  )
}

function mediansOf({ code, refresh }: Measured): Record<(typeof FIGURES)[number], number> {
  const of = (all: readonly Round[], figure: keyof Round) => {
    const numbers = all.flatMap((round) => round[figure] ?? [])
    return numbers.length === 0 ? 0 : quantile(numbers, 0.5)
  }
  return {
    code: of(code, 'perSecond'),
    codeCpu: of(code, 'perCpuSecond'),
    refresh: of(refresh, 'perSecond'),
    refreshCpu: of(refresh, 'perCpuSecond'),
  }
}

function conditions(): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`
  const busy =
    loadAtStart > 0.5
      ? ` The machine was busy with other work (load average ${loadAtStart.toFixed(1)} at the start): compare CPU seconds.`
      : ''
  return `Medians of ${rounds} interleaved rounds after one to warm up, each of ${whole(codes)} codes and ${seconds} s of refreshes; ${connections} connections, one refresh lineage on each; a public client with PKCE, three people signed in, rotation, ES256 JWT access tokens with one audience, no ID token. One process: everything in memory, subject on core ${SUBJECT_CORE}, load generator on core ${LOAD_CORE}. Five processes: with nats-server, redis-server, HAProxy and the load generator on both cores. ${machine}.${busy}`
}
