/** A user's own token at the provider, handed to a proxy for the services that ask for it. */
import { upstreamToken } from '@gateway/contracts'
import { type EphemeralKey, ephemeralKey } from '@gateway/oauth'
import { describe, expect, it } from 'vitest'
import { refusalOf } from './test-support/bridge.ts'
import { PROTECTED, startBridge } from './test-support/recorded-bridge.ts'
import { okta } from './test-support/recordings/okta.ts'

const SUB = 'okta:00uid4BxXw6I6TV4m0g3'

async function world(upstream: Record<string, unknown> = { user_token: true }) {
  const mcp_services = { calculator: { ...PROTECTED, upstream }, other: PROTECTED }
  const bridge = await startBridge({ id: 'okta', recording: okta, config: { mcp_services } })
  bridge.idp.script.tokenAnswer = { ...okta.tokenAnswer, refresh_token: 'r1' }
  bridge.idp.script.refreshToken = 'r1'
  const { auth_time } = await (await bridge.signIn()).finished
  const key = await ephemeralKey()
  const ask = (more: Record<string, unknown> = {}) =>
    bridge.bridge.ask(upstreamToken, {
      sub: SUB,
      since: auth_time,
      service: 'calculator',
      ephemeral_jwk: key.publicJwk,
      ...more,
    })
  return { ...bridge, key, ask }
}

const opened = async (key: EphemeralKey, jwe: string) => JSON.parse(await key.open(jwe)) as Record<string, unknown>

describe('a user’s token for a service that asks for it', () => {
  it('is what the provider gave, readable by the asking proxy alone, and in no log or audit event', async () => {
    const { ask, key, people, log, audit } = await world()
    const events = await audit()
    const { jwe } = await ask()
    const held = (await people.tokens(SUB))?.value
    expect(await opened(key, jwe)).toEqual({ access_token: held?.access_token, expires_at: held?.expires_at })
    await expect((await ephemeralKey()).open(jwe)).rejects.toThrow('decryption operation failed')
    for (const text of [log(), JSON.stringify(events), jwe]) expect(text).not.toContain(held?.access_token)
  })

  it('is renewed when it is about to end', async () => {
    const { ask, deps, key, people } = await world()
    const before = (await people.tokens(SUB))?.value
    deps.clock.advance((before?.expires_at ?? 0) - deps.clock() - 30_000)
    const { expires_at } = await opened(key, (await ask()).jwe)
    expect(expires_at).toBeGreaterThan(before?.expires_at ?? 0)
  })
})

describe('no token is handed out', () => {
  it.each([
    ['for a service that does not ask for one', { service: 'other' }, 'upstream_token_missing'],
    ['for a service that nobody knows', { service: 'toString' }, 'upstream_token_missing'],
    ['for somebody who has not signed in', { sub: 'okta:nobody' }, 'user_unknown'],
  ])('%s', async (_why, more, code) => {
    const { ask } = await world()
    expect(await refusalOf(ask(more))).toBe(code)
  })

  it('where the configuration says nothing of it', async () => {
    const { ask } = await world({})
    expect(await refusalOf(ask())).toBe('upstream_token_missing')
  })

  it('when none is held any more', async () => {
    const { ask, people } = await world()
    await people.forgetTokens(SUB)
    expect(await refusalOf(ask())).toBe('upstream_token_missing')
  })

  it('to a key that nothing can be sealed to', async () => {
    const { ask } = await world()
    const off = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }
    expect(await refusalOf(ask({ ephemeral_jwk: off }))).toBe('ephemeral_key_invalid')
  })
})
