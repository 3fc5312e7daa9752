/**
 * Requests that are almost right, byte by byte over a socket: addresses, headers, framing, tokens, bodies. The short form runs
 * with every change; `npm run test:fuzz:proxy` is the long one, a million (`FUZZ_RUNS`; `FUZZ_SEED` repeats one).
 */
import { createLogger } from '@gateway/service'
import { expect, it } from 'vitest'
import { type SeenRequest, startBackend } from './test-support/backend.ts'
import { chance } from './test-support/fuzz/random.ts'
import { AUTHENTIC, fuzzed, LEAK, SMUGGLED } from './test-support/fuzz/requests.ts'
import { openSockets } from './test-support/fuzz/sockets.ts'
import { service, startProxy } from './test-support/proxy.ts'
import { userClaims } from './test-support/tokens.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 3_000)
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
/** Each round has a world of its own, so that what is kept of it is looked at and forgotten. */
const ROUND = 10_000
/** A busy machine makes no 504. */
const PATIENCE_MS = 600_000
/** So many at a time: they also meet each other. */
const TOGETHER = 128

async function startWorld() {
  const lines: string[] = []
  const [backend, open] = await Promise.all([startBackend(), startBackend()])
  const many = 1_000_000_000
  const proxy = await startProxy({
    log: createLogger({
      service: 'proxy',
      debug: true,
      destination: { write: (text: string) => void lines.push(text) },
    }),
    config: { limits: { user_requests_per_minute: many, user_concurrent: many } },
    services: [
      service(backend.origin, {
        timeout: PATIENCE_MS,
        scopes: ['read', 'write'],
        tools: { delete: ['write'] },
        resources: { 'secret:*': ['write'] },
      }),
      service(open.origin, { id: 'public', auth_required: false, scopes: [], timeout: PATIENCE_MS }),
    ],
  })
  return { lines, backend, open, proxy }
}

/** What the backend would do on a body, where case counts neither in members nor in methods; names are what they are. */
function meansForbidden(body: string): boolean {
  const messages = [readLeniently(body) ?? readLeniently(body.toLowerCase())].flat(2)
  return messages.some((message) => {
    const { method, params } = (message ?? {}) as { method?: unknown; params?: { name?: unknown; uri?: unknown } }
    const asked = String(method).toLowerCase()
    return (
      (asked === 'tools/call' && params?.name === 'delete') ||
      (asked === 'resources/read' && params?.uri === 'secret:1')
    )
  })
}

function readLeniently(body: string): unknown {
  const folded = (_member: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([name, of]) => [name.toLowerCase(), of as unknown]))
      : value
  try {
    return JSON.parse(body, folded)
  } catch {
    return undefined
  }
}

interface Told {
  readonly secrets: readonly string[]
  readonly seed: number
}

function judgeSeen(seen: SeenRequest, isProtected: boolean, { secrets, seed }: Told): void {
  const said = () =>
    `seed ${seed}, the backend got ${JSON.stringify(seen)
      .replaceAll(/(.)\1{50,}/g, '$1…')
      .slice(0, 3_000)}`
  const text = `${seen.url}\n${seen.rawHeaders.join('\n')}\n${seen.body}`
  if (secrets.some((secret) => text.includes(secret))) expect.fail(`a secret: ${said()}`)
  if (seen.url.includes(SMUGGLED)) expect.fail(`a request within another: ${said()}`)
  const ids = seen.rawHeaders.filter((name, i) => i % 2 === 0 && /^x[-_]user[-_]id$/i.test(name))
  const isAda = ids.length === 1 && seen.headers['x-user-id'] === 'ada|1'
  if (isProtected ? !isAda : ids.length > 0) expect.fail(`another identity: ${said()}`)
  if (isProtected && seen.headers[AUTHENTIC.toLowerCase()] !== 'true') expect.fail(`a token that is none: ${said()}`)
  if (isProtected && meansForbidden(seen.body)) expect.fail(`what it may not: ${said()}`)
}

async function round(seed: number, runs: number, statuses: Map<string, number>): Promise<void> {
  const { lines, backend, open, proxy } = await startWorld()
  const random = chance(seed)
  const claims = { ...userClaims(proxy.deps.clock()), scope: 'read', jti: `jti-${seed}` }
  const from = { signer: proxy.signer, token: proxy.token(claims), claims }
  const [, payload = '', signature = ''] = from.token.split('.')
  const told = { seed, secrets: [LEAK, payload.slice(0, 60), signature.slice(0, 40)] }
  const good = async () => {
    const headers = { Authorization: `Bearer ${from.token}`, [AUTHENTIC]: 'true' }
    expect((await proxy.send('/calculator/mcp', { headers, body: '{}' })).status).toBe(200)
  }
  const sockets = openSockets(proxy.port, good)
  let left = runs
  const worker = async () => {
    while (left-- > 0) {
      const bytes = fuzzed(random, from)
      const answer = await sockets.exchange(bytes)
      for (const [, status = ''] of answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (Number(status) < 500) continue
        expect.fail(
          `no backend sent this: seed ${seed}, ${bytes.toString('latin1').slice(0, 3_000)} → ${answer.slice(0, 500)}`,
        )
      }
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, worker))
  await sockets.close()
  for (const seen of backend.seen) judgeSeen(seen, true, told)
  for (const seen of open.seen) judgeSeen(seen, false, told)
  const kept = lines.join('') + JSON.stringify(await proxy.audited())
  for (const secret of told.secrets) expect(kept.includes(secret), `seed ${seed}: it is kept`).toBe(false)
  // It still serves.
  await good()
}

it('requests that are almost right crash nothing, are no 5xx, and carry nothing to the backend or a log that is not theirs', {
  timeout: 24 * 3_600_000,
}, async () => {
  const statuses = new Map<string, number>()
  for (let done = 0; done < RUNS; done += ROUND) {
    await round((SEED + done) >>> 0, Math.min(ROUND, RUNS - done), statuses)
  }
  const counts = [...statuses]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([status, count]) => `${status} × ${count}`)
  process.stdout.write(`${RUNS} requests from seed ${SEED}: ${counts.join(', ')}\n`)
  // Bent, but not beyond recognition: the good ones among them arrive.
  expect(statuses.get('200') ?? 0).toBeGreaterThan(RUNS / 50)
  expect(statuses.get('401') ?? 0).toBeGreaterThan(RUNS / 50)
  expect(statuses.get('403') ?? 0).toBeGreaterThan(RUNS / 500)
})
