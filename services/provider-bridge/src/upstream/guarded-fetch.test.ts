import { Unavailable } from '@gateway/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ScriptedProvider, startScriptedProvider } from '../test-support/scripted-provider.ts'
import { guardedFetch } from './guarded-fetch.ts'

let idp: ScriptedProvider
beforeEach(async () => {
  idp = await startScriptedProvider()
})
afterEach(() => idp.close())

const ask = (url: string, timeoutMs?: number) => {
  const fetcher = guardedFetch(new Set([idp.url, 'http://idp.example']), {
    allowInsecure: false,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  return fetcher(url, { method: 'GET', headers: {}, body: null, redirect: 'manual' })
}

describe('a request to the provider', () => {
  it('goes to addresses of the provider alone, and in the clear only on this machine (SSRF)', async () => {
    await expect(ask(idp.url.replace('127.0.0.1', 'localhost'))).rejects.toBeInstanceOf(Unavailable)
    await expect(ask('http://idp.example/token')).rejects.toBeInstanceOf(Unavailable)
    expect(idp.asked).toEqual([])
    expect((await ask(`${idp.url}/userinfo`)).status).toBe(200)
  })

  it('does not follow a redirect', async () => {
    idp.script.instead.userinfo = { status: 302, body: {} }
    expect((await ask(`${idp.url}/userinfo`)).status).toBe(302)
  })

  it('ends in time when the provider says nothing', async () => {
    idp.script.silent = true
    await expect(ask(`${idp.url}/userinfo`, 50)).rejects.toBeInstanceOf(Unavailable)
  })

  it('takes no answer beyond one MiB', async () => {
    idp.script.userinfo = { name: 'x'.repeat(1024 * 1024) }
    await expect(ask(`${idp.url}/userinfo`)).rejects.toBeInstanceOf(Unavailable)
  })

  it.each([500, 503, 429])('answered with %i is an outage, not an answer', async (status) => {
    idp.script.instead.userinfo = { status, body: {} }
    await expect(ask(`${idp.url}/userinfo`)).rejects.toMatchObject({ dependency: 'identity provider' })
  })

  it('leaves what the provider refuses to the protocol', async () => {
    idp.script.instead.userinfo = { status: 401, body: { error: 'invalid_token' } }
    expect(await (await ask(`${idp.url}/userinfo`)).json()).toEqual({ error: 'invalid_token' })
  })
})
