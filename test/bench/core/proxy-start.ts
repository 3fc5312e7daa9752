/** How long a proxy replica takes from its start until it serves, and what it holds, with many live revocations to replay. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectNats } from '@gateway/bus/nats'
import { type Revocation, revocationSubject, streams } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { freePort, provision, startNatsServer, testConfig } from '@gateway/testing'
import { connect } from 'nats'
import { answers, ROOT } from '../../e2e/stack/processes.ts'
import { fill } from './fill.ts'
import { quantile, table, whole } from './measure.ts'

const REVOCATIONS = 100_000
const ROUNDS = 5

interface Start {
  readonly seconds: number
  readonly megabytes: number
  readonly megabytesPeak: number
  readonly megabytesLater: number
}

const LATER_MS = 10_000

export async function measureProxyStart(): Promise<string> {
  const rows: string[][] = []
  for (const count of [0, REVOCATIONS]) {
    const starts = await startsWith(count)
    const of = (figure: keyof Start) =>
      quantile(
        starts.map((start) => start[figure]),
        0.5,
      )
    const megabytes = (['megabytes', 'megabytesLater', 'megabytesPeak'] as const).map((figure) => of(figure).toFixed(0))
    rows.push([whole(count), of('seconds').toFixed(2), ...megabytes])
  }
  const head = ['live revocations', 'start s', 'resident MB', `${LATER_MS / 1_000} s later`, 'at most']
  return `${table(head, rows)}\n\nA proxy as a process of its own, until \`/health\` of its public port is green. Goal: 3 s, 150 MB. Medians of ${ROUNDS} starts.`
}

async function startsWith(count: number): Promise<readonly Start[]> {
  const server = await startNatsServer()
  const bus = await connectNats({ url: server.url, name: 'bench', streams: [] })
  await provision(bus, testConfig())
  await bus.close()
  const nc = await connect({ servers: server.url })
  const subject = revocationSubject('family')
  await fill(nc, streams.revocations.name, count, () => {
    const data: Revocation = {
      kind: 'family',
      id: newId(),
      at: Date.now(),
      sid: newId(),
      sub: 'google:1',
      client_id: newId(),
    }
    return { subject, id: data.id, data }
  })
  await nc.close()
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'))
  writeFileSync(join(folder, 'config.yaml'), configText(server.url))
  const starts: Start[] = []
  for (let round = 0; round < ROUNDS; round++) starts.push(await startOnce(folder))
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
  return starts
}

async function startOnce(folder: string): Promise<Start> {
  const [port, telemetryPort] = [await freePort(), await freePort()]
  const startedAt = performance.now()
  const child = spawn(process.execPath, [`${ROOT}services/proxy/src/main.ts`], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      PROXY_PORT: String(port),
      PROXY_TELEMETRY_PORT: String(telemetryPort),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await answers(`http://127.0.0.1:${port}/health`)
  const seconds = (performance.now() - startedAt) / 1_000
  const [megabytes, megabytesPeak] = [megabytesOf(child, 'VmRSS'), megabytesOf(child, 'VmHWM')]
  await new Promise((resolve) => setTimeout(resolve, LATER_MS))
  const megabytesLater = megabytesOf(child, 'VmRSS')
  child.kill('SIGINT')
  await once(child, 'exit')
  return { seconds, megabytes, megabytesLater, megabytesPeak }
}

/** proc(5): resident now, or the most that ever was. */
function megabytesOf({ pid }: ChildProcess, line: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1_024
}

function configText(natsUrl: string): string {
  return `
issuer: http://localhost:8080
session_secret: bench-bench-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
nats: { url: "${natsUrl}" }
oauth_providers:
  oidc: { issuer: "http://localhost:8081", client_id: bench, client_secret: a secret of the bench }
mcp_services:
  calculator: { name: Calculator, url: "http://localhost:8082/mcp" }
`
}
