/**
 * Requests that are almost right, at every OAuth endpoint of the whole gateway. The short form runs with every change;
 * `npm run test:fuzz` is the long one, a million (`FUZZ_RUNS`; `FUZZ_SEED` repeats one, as far as what is drawn goes).
 */
import { createOAuthClient } from '@gateway/testing'
import * as fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { type InProcess, startInProcess } from '../e2e/stack/in-process.ts'
import { obtainGrant } from '../e2e/wire.ts'
import { brokenFacts } from './fuzz/facts.ts'
import { gather } from './fuzz/ingredients.ts'
import { almostRight } from './fuzz/requests.ts'
import { type Answer, type Send, sender } from './fuzz/send.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000)
const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** What is used once is obtained anew after so many. */
const ROUND = 500
/** So many at a time: they also meet each other. */
const TOGETHER = 4

const MACHINE = { id: 'machine', secret: 'a secret of the machine, of the configuration' }
const MANY = 1_000_000_000
const SECTIONS = {
  clients: { [MACHINE.id]: { client_secret: MACHINE.secret, grant_types: ['client_credentials'] } },
  consent: { remember: true },
  registration: { dynamic: { per_address_per_hour: MANY } },
  limits: {
    oauth: {
      address_pages_per_minute: MANY,
      failures_per_minute: MANY,
      client_requests_per_minute: MANY,
      user_codes_per_minute: MANY,
    },
  },
}

/** What an answer is to whoever reads it: nobody gets an error in a form that he cannot read. */
function formOf({ status, text, headers }: Answer): string {
  if (status < 400 || text === '') return 'fine'
  if (headers['content-type']?.startsWith('text/html')) return 'page'
  const keys = Object.keys(JSON.parse(text) as object).join()
  return keys.startsWith('error,error_description') ? 'OAuth error' : text
}

interface Round {
  readonly runs: number
  readonly seed: number
}

async function round(
  stack: InProcess,
  send: Send,
  { runs, seed }: Round,
  statuses: Map<number, number>,
): Promise<void> {
  const requests = almostRight(await gather(stack, MACHINE))
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: TOGETHER, maxLength: TOGETHER }), async (together) => {
      for (const answer of await Promise.all(together.map(send))) {
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        expect(answer.status).toBeGreaterThanOrEqual(200)
        expect(answer.status).toBeLessThan(500)
        expect(formOf(answer)).toMatch(/^(fine|page|OAuth error)$/)
        expect(answer.text).not.toMatch(/\bat \/|node_modules|TypeError/)
      }
    }),
    { numRuns: Math.ceil(runs / TOGETHER), seed },
  )
}

it('every endpoint answers whatever it is sent, below 500 and in its own form, and leaves nothing half-written', {
  timeout: 24 * 3_600_000,
}, async () => {
  const stack = await startInProcess({}, SECTIONS)
  const { send, close } = sender(stack.issuer)
  onTestFinished(async () => {
    close()
    await stack.stop()
  })
  const statuses = new Map<number, number>()
  for (let done = 0; done < RUNS; done += ROUND) {
    await round(stack, send, { runs: Math.min(ROUND, RUNS - done), seed: SEED + done }, statuses)
  }
  expect(await brokenFacts(stack.bus)).toEqual([])
  expect(stack.log()).not.toContain('"level":60')
  const client = createOAuthClient(stack.issuer)
  const { clientId, refreshToken } = await obtainGrant(stack, client)
  expect((await client.refresh({ client_id: clientId, refresh_token: refreshToken })).status).toBe(200)
  console.log(
    `${RUNS} requests, seed ${SEED}: ${[...statuses]
      .toSorted(([a], [b]) => a - b)
      .map(([status, count]) => `${status} × ${count}`)
      .join(', ')}`,
  )
})
