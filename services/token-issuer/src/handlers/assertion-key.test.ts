import { assertionKey, type EphemeralJwk, listKeys, retireKey } from '@gateway/contracts'
import { testConfig, testDeps } from '@gateway/testing'
import {
  type CryptoKey,
  compactDecrypt,
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 2)
})

async function proxy(crv: 'P-256' | 'X25519' = 'P-256') {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv, extractable: true })
  return { ephemeral_jwk: (await exportJWK(publicKey)) as EphemeralJwk, privateKey }
}

async function open(jwe: string, privateKey: CryptoKey): Promise<JWK> {
  const { plaintext } = await compactDecrypt(jwe, privateKey, {
    keyManagementAlgorithms: ['ECDH-ES'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  return JSON.parse(Buffer.from(plaintext).toString()) as JWK
}

describe('handing out the assertion key', () => {
  it.each(['P-256', 'X25519'] as const)(
    'gives the private half of the active one, sealed to the caller’s ephemeral key on %s (RFC 7518 §4.6)',
    async (curve) => {
      const { ephemeral_jwk, privateKey } = await proxy(curve)
      const { kid, alg, jwe } = await issuer.ask(assertionKey, { ephemeral_jwk })
      expect(decodeProtectedHeader(jwe)).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'jwk+json', kid })
      const jwk = await open(jwe, privateKey)
      expect(jwk).toMatchObject({ kid, alg, use: 'sig' })

      const assertion = await new SignJWT({ sub: 'custom:alice' })
        .setProtectedHeader({ alg, kid })
        .sign(await importJWK(jwk))
      const published = createLocalJWKSet(await issuer.jwks('assertion'))
      expect((await jwtVerify(assertion, published)).payload.sub).toBe('custom:alice')
    },
  )

  it('opens for nobody else, and each answer is sealed anew', async () => {
    const [one, two] = await Promise.all([proxy(), proxy()])
    const first = await issuer.ask(assertionKey, one)
    const second = await issuer.ask(assertionKey, one)
    expect(first.kid).toBe(second.kid)
    expect(first.jwe).not.toBe(second.jwe)
    await expect(open(first.jwe, two.privateKey)).rejects.toMatchObject({ code: 'ERR_JWE_DECRYPTION_FAILED' })
  })

  it('is of a ring of its own, so that it never makes an access token', async () => {
    const { ephemeral_jwk, privateKey } = await proxy()
    const { kid, alg, jwe } = await issuer.ask(assertionKey, { ephemeral_jwk })
    const accessTokenKeys = await issuer.jwks('access-token')
    expect(accessTokenKeys.keys.map((key) => key.kid)).not.toContain(kid)
    for (const claimed of [kid, accessTokenKeys.keys[0]?.kid ?? '']) {
      const token = await new SignJWT({ iss: deps.config.issuer, sub: 'custom:admin' })
        .setProtectedHeader({ alg, typ: 'at+jwt', kid: claimed })
        .sign(await importJWK(await open(jwe, privateKey)))
      await expect(jwtVerify(token, createLocalJWKSet(accessTokenKeys))).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_JWKS_NO_MATCHING_KEY$|^ERR_JWS_SIGNATURE_VERIFICATION_FAILED$/),
      })
    }
  })

  it('follows the ring: after a key was retired the next one is given', async () => {
    const { ephemeral_jwk } = await proxy()
    const { kid } = await issuer.ask(assertionKey, { ephemeral_jwk })
    const { active } = await issuer.ask(retireKey, { kid })
    expect((await issuer.ask(assertionKey, { ephemeral_jwk })).kid).toBe(active)
  })

  it.each(['RS256', 'EdDSA'] as const)('gives a key for %s where that is configured', async (algorithm) => {
    deps = await testDeps({ config: testConfig({ keys: { algorithm } }) })
    issuer = await startIssuer(deps)
    const { ephemeral_jwk, privateKey } = await proxy()
    const { kid, alg, jwe } = await issuer.ask(assertionKey, { ephemeral_jwk })
    expect(alg).toBe(algorithm)
    const signed = new SignJWT({}).setProtectedHeader({ alg, kid })
    const assertion = await signed.sign(await importJWK(await open(jwe, privateKey)))
    await jwtVerify(assertion, createLocalJWKSet(await issuer.jwks('assertion')))
  })

  it('keeps old keys published for days, so that assertions under way stay good', async () => {
    const { keys } = await issuer.ask(listKeys, {})
    const key = keys.find(({ ring }) => ring === 'assertion')
    expect(key?.next_at).toBe(deps.clock() + 30 * 86_400_000)
  })

  it('leaves an audit event that names the key and nothing of it', async () => {
    const { ephemeral_jwk } = await proxy()
    const { kid } = await issuer.ask(assertionKey, { ephemeral_jwk }, 'request-1')
    await vi.waitFor(() => expect(issuer.audit().map(({ type }) => type)).toContain('audit.key.handed-out'))
    expect(issuer.audit().find(({ type }) => type === 'audit.key.handed-out')?.data).toEqual({
      decision: 'allowed',
      ring: 'assertion',
      kid,
      actor: 'service:proxy',
      request_id: 'request-1',
    })
  })
})

describe('a key that nothing can be sealed to', () => {
  const zero = 'A'.repeat(43)

  it('is refused: no point of its curve', async () => {
    const ephemeral_jwk = { kty: 'EC', crv: 'P-256', x: zero, y: zero } as const
    await expect(issuer.ask(assertionKey, { ephemeral_jwk })).rejects.toMatchObject({ code: 'ephemeral_key_invalid' })
  })

  it('is refused: a point of small order, whose secret everybody knows (RFC 7748 §6.1)', async () => {
    const ephemeral_jwk = { kty: 'OKP', crv: 'X25519', x: zero } as const
    await expect(issuer.ask(assertionKey, { ephemeral_jwk })).rejects.toMatchObject({ code: 'ephemeral_key_invalid' })
  })

  it.each([
    ['a private one', { kty: 'OKP', crv: 'X25519', x: zero, d: zero }],
    ['a symmetric one', { kty: 'oct', k: zero }],
    ['one of another curve', { kty: 'EC', crv: 'P-384', x: zero, y: zero }],
    ['none', undefined],
  ])('is refused: %s', async (_, jwk) => {
    const ephemeral_jwk = jwk as unknown as EphemeralJwk
    await expect(issuer.ask(assertionKey, { ephemeral_jwk })).rejects.toMatchObject({ code: 'malformed_request' })
  })
})
