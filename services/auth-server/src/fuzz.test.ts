import { testConfig, testDeps } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { almostRight } from './test-support/fuzz.ts'
import { approve, authorizePath, envelopeIn, obtainCode, redeem } from './test-support/journey.ts'
import { type Answer, CHALLENGE, setStage } from './test-support/stage.ts'

/** The short form, for every change; raise it to a million for the long one (some thousand requests a second). */
const RUNS = 1_500

/** What an answer is to whoever reads it: nobody gets an error in a form that he cannot read. */
function formOf({ status, text, headers, json }: Answer): string {
  if (status < 400 || text === '') return 'fine'
  if (headers['content-type']?.startsWith('text/html')) return 'page'
  return Object.keys(json).join() === 'error,error_description' ? 'OAuth error' : text
}

describe('every endpoint', () => {
  it('answers whatever it is sent, below 500 and in its own form, and goes on working', {
    timeout: 120_000_000,
  }, async () => {
    const many = 1_000_000_000
    const oauth = { address_pages_per_minute: many, failures_per_minute: many, user_codes_per_minute: many }
    const made = await setStage(await testDeps({ config: testConfig({ limits: { oauth } }) }))
    onTestFinished(() => made.close())
    const code = await obtainCode(made)
    const { json } = await redeem(made, await obtainCode(made))
    const jar = new Map<string, string>()
    const page = await made.send(authorizePath(made), { jar })
    const { callback } = await approve(made)
    const found = [
      code,
      String(json['access_token']),
      String(json['refresh_token']),
      envelopeIn(page),
      new URL(callback, made.issuer).searchParams.get('state') ?? '',
    ]
    const resource = `${made.issuer}/calculator/mcp`
    const requests = almostRight({ client_id: made.client.client_id, challenge: CHALLENGE, resource, found })
    await fc.assert(
      fc.asyncProperty(requests, async ({ path, request }) => {
        const answer = await made.send(path, request)
        expect(answer.status).toBeGreaterThanOrEqual(200)
        expect(answer.status).toBeLessThan(500)
        expect(formOf(answer)).toMatch(/^(fine|page|OAuth error)$/)
        expect(answer.text).not.toMatch(/\bat \/|node_modules|TypeError/)
      }),
      { numRuns: RUNS },
    )
    expect((await redeem(made, await obtainCode(made))).status).toBe(200)
  })
})
