/**
 * `npm run bench:workers`: the proxy as its users start it (`main.ts`, NATS, every call recorded), with one worker and with two,
 * in turns. Nothing is pinned: on two cores the workers share them with the load, the backend and nats-server, so what is seen
 * is less than what a second core brings.
 *
 * `--rounds 3 --seconds 4 --connections 64`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Commit, subjectOf } from '@gateway/bus'
import { connectNats } from '@gateway/bus/nats'
import { aggregates, type ServiceState } from '@gateway/contracts'
import { freePort, provision, startNatsServer, testConfig } from '@gateway/testing'
import { answers, startProcess } from '../e2e/stack/processes.ts'
import { CALL, measure, writeScript } from './load.ts'
import { startNode, stop } from './processes.ts'
import { createCredentials, endpoint, serviceAt } from './subjects.ts'

const WARM_UP_SECONDS = 6
const COUNTS = [1, 2] as const

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
  },
})
const [rounds, seconds, connections] = [values.rounds, values.seconds, values.connections].map(Number) as [
  number,
  number,
  number,
]
const everyCore = `0-${cpus().length - 1}`
const [loadAtStart] = loadavg()
const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'))
const { ring, token } = createCredentials()
const nats = await startNatsServer()
const backend = await startNode(everyCore, './backend.ts')
await writeFacts()
const script = join(folder, 'call.lua')
writeScript(script, CALL, token)
const proxies = await Promise.all(COUNTS.map((count) => startProxy(count)))
const load = { core: everyCore, connections, seconds, script }
for (const { url } of proxies) await measure({ ...load, seconds: WARM_UP_SECONDS }, url)
for (let round = 0; round < rounds; round++) {
  for (const proxy of proxies) proxy.perSecond.push((await measure(load, proxy.url)).requestsPerSecond)
}
for (const { count, perSecond } of proxies) {
  const median = perSecond.toSorted((a, b) => a - b)[Math.floor(perSecond.length / 2)] ?? Number.NaN
  console.log(`${count} of --workers: ${Math.round(median).toLocaleString('en')} requests a second`)
}
console.log(
  `Medians of ${rounds} interleaved rounds of ${seconds} s, ${connections} connections, audit over NATS; proxy, wrk, backend and nats-server share ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, load average ${loadAtStart?.toFixed(1)} at the start.`,
)
for (const { process: started } of proxies) await started.kill()
await stop(backend.child)
await nats.stop()
rmSync(folder, { recursive: true, force: true })

async function startProxy(count: number) {
  const cwd = mkdtempSync(join(folder, 'proxy-'))
  const port = await freePort()
  const most = 'user_requests_per_minute: 1000000000, user_concurrent: 100000'
  writeFileSync(
    join(cwd, 'config.yaml'),
    `issuer: http://localhost:8080
session_secret: bench-bench-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
nats: { url: "${nats.url}" }
limits: { ${most} }
shutdown: { delay_seconds: 0 }
mcp_services: { calculator: { name: Calculator, url: "http://127.0.0.1:${backend.port}/mcp", auth_required: false } }
`,
  )
  const env = { PROXY_PORT: String(port), PROXY_TELEMETRY_PORT: String(await freePort()) }
  const started = startProcess('proxy', 'services/proxy/src/main.ts', ['--workers', String(count)], { cwd, env })
  await answers(`http://127.0.0.1:${env.PROXY_TELEMETRY_PORT}/ready`)
  return { count, process: started, url: endpoint(port), perSecond: [] as number[] }
}

/** What the token issuer and the registry would have written. */
async function writeFacts(): Promise<void> {
  const bus = await connectNats({ url: nats.url, name: 'bench', streams: [] })
  await provision(bus, testConfig())
  const listed: ServiceState = { status: 'listed', service: serviceAt(backend.port), source: 'bench' }
  const facts: readonly (readonly [subject: string, state: unknown])[] = [
    [subjectOf(aggregates.signingKey, 'access-token'), ring],
    [subjectOf(aggregates.service, 'calculator'), listed],
  ]
  for (const [subject, state] of facts) {
    const commit: Commit = { id: subject, version: 1, at: 0, actor: 'operator', events: [], state, stateVersion: 1 }
    await bus.append(subject, subject, commit, 0)
  }
  await bus.close()
}
