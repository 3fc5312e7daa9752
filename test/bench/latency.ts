/** What the proxy adds to what a caller waits for, over the backend called directly: at half its most requests a second, and of an event stream. */
import { once } from 'node:events'
import { quantile } from './core/measure.ts'
import type { FirstByte, FirstByteLoad } from './first-byte.ts'
import { start, startNode, stop } from './processes.ts'
import type { ProxySetup } from './proxy.ts'
import type { Steady, SteadyLoad } from './steady.ts'
import { type Credentials, endpoint, serviceAt } from './subjects.ts'

export interface LatencyPlace {
  readonly subjectCore: number
  readonly loadCore: number
  readonly rounds: number
  readonly credentials: Credentials
}

const SECONDS = 4
const WARM_UP_STREAMS = 500
const STREAMS = 1_000

/** `direct` and `proxied` in turns, at `perSecond` each: the medians of the rounds as lines of text. */
export async function atSteadyRate(
  { loadCore, rounds, credentials }: LatencyPlace,
  { direct, proxied, call, perSecond }: { direct: string; proxied: string; call: string; perSecond: number },
): Promise<string> {
  const seen: Record<'direct' | 'proxied', Steady[]> = { direct: [], proxied: [] }
  for (let round = 0; round < rounds; round++) {
    for (const [name, url] of [
      ['direct', direct],
      ['proxied', proxied],
    ] as const) {
      const load: SteadyLoad = { url, token: credentials.token, call, perSecond, seconds: SECONDS }
      const steady = await child<Steady>(loadCore, './steady.ts', load)
      if (steady.failed > 0) throw new Error(`${steady.failed} of ${steady.sent} calls of ${url} were no success`)
      seen[name].push(steady)
    }
  }
  const of = (name: 'direct' | 'proxied', figure: 'p50Ms' | 'p99Ms') =>
    quantile(
      seen[name].map((each) => each[figure]),
      0.5,
    )
  return `At ${perSecond.toLocaleString('en')} requests a second, half of the proxy's most: ${added(
    { p50Ms: of('direct', 'p50Ms'), p99Ms: of('direct', 'p99Ms') },
    { p50Ms: of('proxied', 'p50Ms'), p99Ms: of('proxied', 'p99Ms') },
  )} (goal: p99 at most 1 ms more).`
}

/** A backend and a proxy of its own, since the backend of the other rows knows no streams. */
export async function toFirstByte({ subjectCore, loadCore, credentials }: LatencyPlace): Promise<string> {
  const backend = await startNode(loadCore, './stream-backend.ts')
  const setup: ProxySetup = { ring: credentials.ring, service: serviceAt(backend.port), audit: 'off' }
  const proxy = await startNode(subjectCore, './proxy.ts', [JSON.stringify(setup)])
  const measure = (url: string, streams: number) => {
    const load: FirstByteLoad = { url, token: credentials.token, streams }
    return child<FirstByte>(loadCore, './first-byte.ts', load)
  }
  const proxied = `${endpoint(proxy.port)}/events`
  const direct = `http://127.0.0.1:${backend.port}/mcp/events`
  await measure(proxied, WARM_UP_STREAMS)
  const line = added(await measure(direct, STREAMS), await measure(proxied, STREAMS))
  await stop(proxy.child)
  await stop(backend.child)
  return `First byte of an event stream, ${STREAMS} one after the other: ${line} (goal: at most 1 ms more).`
}

function added(direct: FirstByte, proxied: FirstByte): string {
  const figure = (name: keyof FirstByte) =>
    `${proxied[name].toFixed(2)} ms through the proxy, ${direct[name].toFixed(2)} direct, ${(proxied[name] - direct[name]).toFixed(2)} added`
  return `p50 ${figure('p50Ms')}; p99 ${figure('p99Ms')}`
}

async function child<Result>(core: number, file: string, load: unknown): Promise<Result> {
  const script = new URL(file, import.meta.url).pathname
  const process_ = start({ core, command: [process.execPath, script, JSON.stringify(load)] })
  const chunks: Buffer[] = []
  process_.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(process_, 'close')
  return JSON.parse(Buffer.concat(chunks).toString()) as Result
}
