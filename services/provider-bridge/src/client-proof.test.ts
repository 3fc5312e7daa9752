/** How the gateway proves itself at the provider (RFC 6749 §2.3, RFC 7523 §2.2), and what it makes of keys and clocks there. */
import { generateKeyPairSync, verify } from 'node:crypto'
import { Misconfigured } from '@gateway/kernel'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startBridge } from './test-support/recorded-bridge.ts'
import { auth0 } from './test-support/recordings/auth0.ts'
import { okta } from './test-support/recordings/okta.ts'

const TOKEN = '/oauth2/default/v1/token'

function keyPair(type: 'ec' | 'rsa' | 'ed25519') {
  if (type === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
}

async function tokenRequest(keys: Readonly<Record<string, unknown>>) {
  const world = await startBridge({ id: 'okta', recording: okta, keys })
  await (await world.signIn()).finished
  return { ...world, request: world.idp.asked.find(({ path }) => path === TOKEN)! }
}

describe('the gateway proves itself', () => {
  it('with its secret where the operator says (RFC 6749 §2.3.1)', async () => {
    const basic = await tokenRequest({ client_authentication: 'client_secret_basic' })
    expect(basic.request.form.has('client_secret')).toBe(false)
    expect(basic.request.headers.authorization).toMatch(/^Basic /)
    const post = await tokenRequest({ client_authentication: 'client_secret_post' })
    expect(post.request.form.get('client_secret')).toBe('the client secret')
    const none = await tokenRequest({ client_authentication: 'none' })
    expect([none.request.form.has('client_secret'), none.request.headers.authorization]).toEqual([false, undefined])
  })

  it.each([
    ['rsa', 'RS256', 'sha256'],
    ['ec', 'ES256', 'sha256'],
    ['ed25519', 'EdDSA', null],
  ] as const)('with an assertion that its %s key signs (RFC 7523 §3)', async (type, alg, hash) => {
    const { privateKey, publicKey } = keyPair(type)
    const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const { idp, request } = await tokenRequest({ private_key, private_key_id: 'mine' })
    expect(request.form.has('client_secret')).toBe(false)
    const [header = '', payload = '', signature = ''] = (request.form.get('client_assertion') ?? '').split('.')
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
    expect(read(header)).toMatchObject({ kid: 'mine' })
    expect([alg, 'Ed25519']).toContain(read(header)['alg'])
    expect(read(payload)).toMatchObject({ iss: 'gateway', sub: 'gateway', aud: `${idp.issuer}/v1/token` })
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    expect(verify(hash, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  it('to the issuer alone where the provider takes it, as RFC 7523 is now read', async () => {
    const private_key = keyPair('ec').privateKey.export({ type: 'pkcs8', format: 'pem' })
    const { idp, signIn } = await startBridge({ id: 'auth0', recording: auth0, keys: { private_key } })
    await (await signIn()).finished
    const assertion = idp.asked.find(({ path }) => path === '/oauth/token')?.form.get('client_assertion') ?? ''
    expect(JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      aud: idp.issuer,
    })
  })

  it('with no key that cannot be read, which is said at start without repeating it', async () => {
    const private_key = '-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----'
    const error = await startBridge({ id: 'okta', recording: okta, keys: { private_key } }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(Misconfigured)
    expect((error as Misconfigured).message).not.toContain('bm90')
  })
})

describe('keys and clocks of the provider', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('change without anybody noticing: an unknown key is looked for again (pain-22)', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { idp, signIn } = await startBridge({ id: 'okta', recording: okta })
    await (await signIn()).finished
    idp.rotateKeys()
    vi.setSystemTime(Date.now() + 61_000)
    expect(await (await signIn()).finished).toHaveProperty('profile')
    expect(idp.count('/oauth2/default/v1/keys')).toBe(2)
  })

  it.each([
    ['ahead', 25, undefined],
    ['behind', -325, undefined],
    ['far ahead', 600, 'answer_invalid'],
    ['far behind', -600, 'answer_invalid'],
  ] as const)('%s by as much as %i seconds', async (_name, skew, reason) => {
    const { idp, failure } = await startBridge({ id: 'okta', recording: okta })
    const now = Math.floor(Date.now() / 1000)
    idp.script.now = () => now + skew
    idp.script.idToken = { ...idp.script.idToken, nbf: now + skew }
    expect(await failure()).toEqual([reason && 'login_failed', reason])
  })
})
