/**
 * `npm run bench:resources`: what the proxy holds. Idle event streams, a large download, and whether memory grows with the
 * number of requests.
 *
 * `--streams 8000 --gigabytes 1 --requests 1000000`; 0 leaves a part out.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cpuSeconds, type Started, startNode, stop } from './processes.ts'
import type { ProxySetup } from './proxy.ts'
import { createCredentials, serviceAt } from './subjects.ts'

const SUBJECT_CORE = 0
const LOAD_CORE = 1
const SETTLE_MS = 5_000
/** More at once than are opened by a crowd, fewer than overflow the backlog. */
const OPEN_AT_ONCE = 100
const CALLERS = 64
const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}'

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '8000' },
    gigabytes: { type: 'string', default: '1' },
    requests: { type: 'string', default: '1000000' },
  },
})
const [streams, gigabytes, requests] = [values.streams, values.gigabytes, values.requests].map(Number) as [
  number,
  number,
  number,
]
const { ring, token } = createCredentials()
const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json, text/event-stream' }
const backend = await startNode(LOAD_CORE, './stream-backend.ts')
const setup: ProxySetup = { ring, service: serviceAt(backend.port), audit: 'off' }

if (streams > 0) await withProxy((proxy) => idleStreams(proxy, streams))
if (gigabytes > 0) await withProxy((proxy) => download(proxy, gigabytes))
if (requests > 0) await withProxy((proxy) => manyRequests(proxy, requests))
await stop(backend.child)
console.log(
  `\n${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}; proxy on core ${SUBJECT_CORE}, audit off, started anew for each part.`,
)
process.exit(0)

async function withProxy(measure: (proxy: Started) => Promise<void>): Promise<void> {
  const proxy = await startNode(SUBJECT_CORE, './proxy.ts', [JSON.stringify(setup)], ['--expose-gc'])
  await measure(proxy)
  await stop(proxy.child)
}

/** Each has two connections: the client's and the backend's. */
async function idleStreams(proxy: Started, count: number): Promise<void> {
  // The first streams bring what is there once: code, pools, the token.
  const open: IncomingMessage[] = await openStreams(proxy, OPEN_AT_ONCE)
  await pause(SETTLE_MS)
  const before = residentKilobytes(proxy)
  while (open.length < count + OPEN_AT_ONCE) open.push(...(await openStreams(proxy, OPEN_AT_ONCE)))
  await pause(SETTLE_MS)
  const after = residentKilobytes(proxy)
  const cpuBefore = cpuSeconds(proxy.child)
  await pause(SETTLE_MS)
  const cpu = ((cpuSeconds(proxy.child) - cpuBefore) * 1_000) / SETTLE_MS
  const collected = await heapBytes(proxy)
  const resident = residentKilobytes(proxy)
  console.log(
    `${count} idle event streams: ${megabytes(before)} to ${megabytes(after)} MB resident, ${((after - before) / count).toFixed(1)} KB each ` +
      `(goal 45, then 30); after a garbage collection ${((resident - before) / count).toFixed(1)} KB, JavaScript heap ${megabytes(collected / 1_024)} MB; ${(cpu * 100).toFixed(1)} % of a core.`,
  )
  for (const stream of open) stream.destroy()
}

function openStreams({ port }: Started, count: number): Promise<IncomingMessage[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const response = await send(port, '/calculator/mcp/events')
      response.on('error', () => undefined)
      await once(response, 'data')
      return response
    }),
  )
}

async function download(proxy: Started, gigabytesTotal: number): Promise<void> {
  const total = Math.round(gigabytesTotal * 1024 ** 3)
  // A small one first, for what is there once.
  await drain(await send(proxy.port, `/calculator/mcp/bytes/${16 * 1024 ** 2}`))
  const before = residentKilobytes(proxy)
  let most = 0
  const looking = setInterval(() => (most = Math.max(most, residentKilobytes(proxy))), 20)
  const startedAt = performance.now()
  const received = await drain(await send(proxy.port, `/calculator/mcp/bytes/${total}`))
  clearInterval(looking)
  const seconds = (performance.now() - startedAt) / 1_000
  if (received !== total) throw new Error(`${received} of ${total} bytes came through`)
  console.log(
    `${gigabytesTotal} GB downloaded in ${seconds.toFixed(1)} s: ${megabytes(before)} MB resident before, at most ${megabytes(most)} MB meanwhile.`,
  )
}

/** The heap after a garbage collection, at a tenth of the requests and at all of them. */
async function manyRequests(proxy: Started, count: number): Promise<void> {
  await call(proxy, count / 10)
  const early = await heapBytes(proxy)
  await call(proxy, count - count / 10)
  const late = await heapBytes(proxy)
  const text = (bytes: number) => (bytes / 1024 ** 2).toFixed(2)
  console.log(
    `Heap after ${(count / 10).toLocaleString('en')} requests: ${text(early)} MB; after ${count.toLocaleString('en')}: ${text(late)} MB (garbage collected; ${residentKilobytes(proxy) >> 10} MB resident).`,
  )
}

async function call({ port }: Started, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS })
  let left = count
  const caller = async () => {
    while (left-- > 0) {
      const response = await send(port, '/calculator/mcp', CALL, agent)
      if (response.statusCode !== 200) throw new Error(`a call was answered ${response.statusCode}`)
      await drain(response)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  agent.destroy()
}

function send(port: number, path: string, body?: string, agent: Agent | false = false): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const more = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const options = { host: '127.0.0.1', port, path, agent, headers: { ...headers, ...more } }
    httpRequest({ ...options, method: body === undefined ? 'GET' : 'POST' }, resolve)
      .on('error', reject)
      .end(body)
  })
}

async function drain(response: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of response) bytes += (chunk as Buffer).length
  return bytes
}

/** The proxy of the measurement collects its garbage and says what is left when it gets SIGUSR2. */
async function heapBytes({ child }: Started): Promise<number> {
  const said = once(child.stdout as NodeJS.ReadableStream, 'data')
  child.kill('SIGUSR2')
  const [text] = (await said) as [Buffer]
  return Number(/heap (\d+)/.exec(text.toString())?.[1])
}

/** proc(5) */
function residentKilobytes({ child }: Started): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
}

function megabytes(kilobytes: number): string {
  return (kilobytes / 1_024).toFixed(0)
}
