import { serve } from '@gateway/bus'
import { upstreamToken } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { sealTo } from '@gateway/oauth'
import type { TestDeps } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { startBackend } from '../test-support/backend.ts'
import { service, startProxy } from '../test-support/proxy.ts'

type Asked = { readonly sub: string; readonly since: number; readonly service: string }

/** Answers as the provider-bridge does: with a new token each time, unless `answer` refuses. */
async function world(
  answer: (asked: Asked, count: number) => Record<string, unknown> = (_, n) => ({ access_token: `up-${n}` }),
) {
  const asked: Asked[] = []
  const backend = await startBackend()
  const entry = { name: 'Calculator', url: 'http://localhost:1', scopes: ['read', 'calculate'] }
  const proxy = await startProxy({
    config: {
      mcp_services: {
        calculator: { ...entry, upstream: { user_token: true, headers: { 'X-Api-Key': 'k' } } },
        plain: entry,
      },
    },
    services: [service(backend.origin), service(backend.origin, { id: 'plain' })],
    prepare: ({ bus, clock }: TestDeps) =>
      serve(bus, upstreamToken, clock, async ({ ephemeral_jwk, ...question }) => {
        const token = answer(question, asked.push(question))
        return { jwe: await sealTo(ephemeral_jwk, JSON.stringify(token)) }
      }),
  })
  const signed = new Map<string, string>()
  const send = async (claims: Record<string, unknown> = {}, id = 'calculator') => {
    const name = JSON.stringify([claims, id])
    const token = signed.get(name) ?? proxy.token(claims, id)
    signed.set(name, token)
    return proxy.send(`/${id}/mcp`, { headers: { Authorization: `Bearer ${token}` }, body: '{}' })
  }
  const authorizations = () => backend.seen.map(({ headers }) => headers.authorization)
  return { asked, authorizations, backend, proxy, send }
}

describe('a backend that acts as the user at the identity provider', () => {
  it('gets the user’s own token, asked for once for each of ours, beside the configured headers', async () => {
    const { asked, authorizations, backend, proxy, send } = await world()
    expect((await Promise.all([send(), send()])).map(({ status }) => status)).toEqual([200, 200])
    await send()
    await send({ jti: 'another' })
    expect(authorizations()).toEqual(['Bearer up-1', 'Bearer up-1', 'Bearer up-1', 'Bearer up-2'])
    expect(backend.seen[0]?.headers['x-api-key']).toBe('k')
    const since = Math.floor(proxy.deps.clock() / 1_000)
    expect(asked[0]).toEqual({ sub: 'custom:ada|1', since, service: 'calculator' })
    expect(JSON.stringify(await proxy.audited())).not.toContain('up-1')
  })

  it('gets another one when it is about to end, after five minutes, and after it refused one', async () => {
    const ends: (number | undefined)[] = [60_000, undefined, undefined]
    const { authorizations, proxy, send } = await world((_, n) => {
      const endsIn = ends[n - 1]
      return { access_token: `up-${n}`, ...(endsIn === undefined ? {} : { expires_at: proxy.deps.clock() + endsIn }) }
    })
    await send()
    proxy.deps.clock.advance(50_000)
    await send()
    proxy.deps.clock.advance(299_000)
    await send()
    proxy.deps.clock.advance(1_000)
    await send()
    expect(authorizations()).toEqual(['up-1', 'up-2', 'up-2', 'up-3'].map((token) => `Bearer ${token}`))
  })

  it('is not called for who has none: 403 without a challenge, and the provider-bridge is not asked again at once', async () => {
    const { asked, backend, proxy, send } = await world(() => {
      throw new Refusal('upstream_token_missing')
    })
    for (const _ of [1, 2]) {
      const answer = await send()
      expect([answer.status, answer.json()['error'], answer.headers['www-authenticate']]).toEqual([
        403,
        'access_denied',
        undefined,
      ])
    }
    expect([asked.length, backend.seen.length]).toEqual([1, 0])
    expect((await proxy.audited())[0]?.data['reason']).toBe('upstream_token_missing')
  })

  it('is not called for a machine, which has signed in nowhere', async () => {
    const { asked, send } = await world()
    expect((await send({ sub: 'client-1' })).status).toBe(403)
    expect(asked).toHaveLength(0)
  })

  it('is not called while the provider-bridge is away: 503', async () => {
    const { backend, send } = await world(() => {
      throw new Error('internal detail')
    })
    const answer = await send()
    expect([answer.status, answer.headers['retry-after'], answer.body.toString().includes('internal detail')]).toEqual([
      503,
      '1',
      false,
    ])
    expect(backend.seen).toHaveLength(0)
  })

  it('is the only one: other services get none', async () => {
    const { asked, authorizations, send } = await world()
    expect((await send({}, 'plain')).status).toBe(200)
    expect([authorizations(), asked]).toEqual([[undefined], []])
  })

  it('gets none with a revoked token, nor afterwards', async () => {
    const { asked, proxy, send } = await world()
    await send()
    const who = { id: 'r1', sub: 'custom:ada|1', client_id: 'client-1' }
    await proxy.revoke({ kind: 'family', sid: 'family-1', at: proxy.deps.clock(), ...who })
    await expect.poll(async () => (await send()).status).toBe(401)
    expect(asked).toHaveLength(1)
  })
})
