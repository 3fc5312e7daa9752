import { Unavailable } from '@gateway/kernel'
import { openCounter } from '@gateway/store'
import { testConfig, testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authorizePath, obtainCode, redeem } from './test-support/journey.ts'
import { clientOf, setStage } from './test-support/stage.ts'

async function stage(oauth: Record<string, number>, changes: Parameters<typeof testDeps>[0] = {}) {
  const deps = await testDeps({ config: testConfig({ limits: { oauth } }), ...changes })
  const made = await setStage(deps)
  onTestFinished(() => made.close())
  return { deps, made }
}

describe('the limits', () => {
  it('429: a page for a person who has seen too many, with Retry-After', async () => {
    const { made } = await stage({ address_pages_per_minute: 2 })
    await made.send(authorizePath(made))
    await made.send('/account')
    const answer = await made.send('/account')
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '60'])
    expect(answer.text).toContain('Too many attempts')
    expect((await made.send('/.well-known/jwks.json')).status).toBe(200)
  })

  it('429: OAuth JSON for whoever guesses, told no longer why, and visible in the audit', async () => {
    const { made } = await stage({ failures_per_minute: 3 })
    const guess = () => redeem(made, 'k1.AAAAAAAAAAAAAAAAAAAAAA.guess')
    for (let i = 0; i < 3; i++) expect((await guess()).json['error']).toBe('invalid_grant')
    const answer = await guess()
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '60'])
    expect(answer.json['error']).toBe('temporarily_unavailable')
    const reasons = (await made.audited('audit.token.refused', 4)).map(({ data }) => data.reason)
    expect(reasons).toContain('too_many_requests')
  })

  it('let others at the same address through, and what is right (pain-16)', async () => {
    const { made } = await stage({ failures_per_minute: 1 })
    for (let i = 0; i < 3; i++) await redeem(made, 'wrong')
    const other = clientOf()
    made.neighbours.clients.set(other.client_id, { client: other })
    expect((await redeem(made, 'wrong', { client_id: other.client_id })).status).toBe(400)
    expect((await redeem(made, await obtainCode(made))).status).toBe(200)
  })

  it('429: for one client that asks too often, and for one user who is given too many codes', async () => {
    const { made } = await stage({ client_requests_per_minute: 1 })
    const code = await obtainCode(made)
    expect((await redeem(made, code)).status).toBe(200)
    expect((await redeem(made, code)).status).toBe(429)
    const { made: other } = await stage({ user_codes_per_minute: 1 })
    expect(await obtainCode(other)).not.toBe('')
    expect(await obtainCode(other)).toBe('')
  })

  it.each([
    ['count by what a trusted proxy forwards, its last word alone', ['127.0.0.1/32'], [200, 200, 429]],
    ['count by the connection, whatever anybody else forwards', ['192.0.2.0/24'], [200, 429, 429]],
    ['count by the connection where no proxy is trusted', [], [200, 429, 429]],
  ])('%s', async (_, trusted_proxies, expected) => {
    const config = testConfig({ trusted_proxies, limits: { oauth: { address_pages_per_minute: 1 } } })
    const { made } = await stage({}, { config })
    const statuses: number[] = []
    // The third is the second, who has made up another one before himself.
    for (const forwarded of ['198.51.100.1', '198.51.100.2', '203.0.113.9, 198.51.100.2'])
      statuses.push((await made.send('/account', { headers: { 'x-forwarded-for': forwarded } })).status)
    expect(statuses).toEqual(expected)
  })

  it('are shared by all replicas that share the counter', async () => {
    const { counter } = await openCounter({ type: 'memory' })
    const first = await stage({ failures_per_minute: 1 }, { counter })
    const second = await stage({ failures_per_minute: 1 }, { counter })
    const client_id = first.made.client.client_id
    second.made.neighbours.clients.set(client_id, { client: first.made.client })
    await redeem(first.made, 'wrong')
    expect((await redeem(second.made, 'wrong', { client_id })).status).toBe(429)
  })

  it('stop nobody while nothing can be counted', async () => {
    const counter = { consume: () => Promise.reject(new Unavailable('store')), close: () => Promise.resolve() }
    const { made } = await stage({ client_requests_per_minute: 1 }, { counter })
    expect((await redeem(made, await obtainCode(made))).status).toBe(200)
  })
})
