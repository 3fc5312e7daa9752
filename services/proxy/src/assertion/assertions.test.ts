import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { serve } from '@gateway/bus'
import { assertionKey, type KeyRingState, type PublicJwk } from '@gateway/contracts'
import type { TestDeps } from '@gateway/testing'
import { CompactEncrypt, createLocalJWKSet, importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { startBackend } from '../test-support/backend.ts'
import { service, startProxy } from '../test-support/proxy.ts'

const AUDIENCE = 'https://calculator.internal'
const ISSUER = 'http://localhost:8080'

interface AssertionSigner {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: PublicJwk
}

function createAssertionSigner(kid: string): AssertionSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kty: 'EC', kid, alg: 'ES256', use: 'sig' } }
}

const ringOf = (active: AssertionSigner, ...others: AssertionSigner[]): KeyRingState => ({
  ring: 'assertion',
  keys: [active, ...others].map(({ kid, jwk }, i) => ({
    kid,
    status: i === 0 ? 'active' : 'retired',
    public_jwk: jwk,
    created_at: 0,
  })),
})

/** Answers as the token-issuer does: the active private key, sealed to the caller's (RFC 7516). */
function handOut(active: { signer: AssertionSigner }, asked: string[]) {
  return ({ bus, clock }: TestDeps) =>
    serve(bus, assertionKey, clock, async ({ ephemeral_jwk }) => {
      const { kid, privateKey } = active.signer
      asked.push(kid)
      const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
      const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'jwk+json', kid })
        .encrypt(await importJWK({ ...ephemeral_jwk, alg: 'ECDH-ES' }))
      return { kid, alg: 'ES256' as const, jwe }
    })
}

async function world() {
  const [first, second] = [createAssertionSigner('a1'), createAssertionSigner('a2')]
  const active = { signer: first }
  const asked: string[] = []
  const backend = await startBackend()
  const proxy = await startProxy({
    services: [
      service(backend.origin, { audience: AUDIENCE }),
      service(backend.origin, { id: 'plain' }),
      service(backend.origin, { id: 'open', auth_required: false }),
    ],
    prepare: handOut(active, asked),
  })
  const keys = createLocalJWKSet({ keys: [first.jwk, second.jwk] })
  const assertionOf = async (claims = {}, token = proxy.token(claims)) => {
    const headers = { Authorization: `Bearer ${token}`, 'X-Gateway-Assertion': 'forged' }
    const { status } = await proxy.send('/calculator/mcp', { headers })
    return { status, assertion: String(backend.seen.at(-1)?.headers['x-gateway-assertion']) }
  }
  const verify = (assertion: string) =>
    jwtVerify(assertion, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: 'gateway-assertion+jwt',
      currentDate: new Date(proxy.deps.clock()),
    })
  return { backend, proxy, first, second, active, asked, assertionOf, verify }
}

describe('an identity assertion', () => {
  it('says who calls, to this backend alone, for two minutes at most; jose verifies it (pain-12)', async () => {
    const { proxy, assertionOf, verify } = await world()
    const { payload, protectedHeader } = await verify((await assertionOf()).assertion)
    expect(protectedHeader).toEqual({ typ: 'gateway-assertion+jwt', alg: 'ES256', kid: 'a1' })
    expect(payload).toMatchObject({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'custom:ada|1',
      client_id: 'client-1',
      service: 'calculator',
      scope: 'read calculate',
      email: 'ada@example.com',
      iat: proxy.deps.clock() / 1_000,
      exp: proxy.deps.clock() / 1_000 + 120,
    })
  })

  it('is verified by a backend in Python', async ({ skip }) => {
    const python = 'import cryptography, sys; sys.exit(0)'
    try {
      execFileSync('python3', ['-c', python], { stdio: 'ignore' })
    } catch {
      if (process.env.CI) throw new Error('python3 with the package cryptography is needed')
      skip('SKIPPED LOUDLY: there is no python3 with the package cryptography')
    }
    const { first, assertionOf } = await world()
    const { assertion } = await assertionOf()
    const pem = createPublicKey(first.privateKey).export({ type: 'spki', format: 'pem' })
    const verifier = new URL('../test-support/verify_assertion.py', import.meta.url).pathname
    const verified = execFileSync('python3', [verifier, pem, AUDIENCE, assertion]).toString()
    expect(JSON.parse(verified)).toMatchObject({ sub: 'custom:ada|1', aud: AUDIENCE })
    const [head = '', claims = '', signature = ''] = assertion.split('.')
    const forged = [head, claims, `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`].join('.')
    expect(() => execFileSync('python3', [verifier, pem, AUDIENCE, forged], { stdio: 'pipe' })).toThrow(
      /InvalidSignature/,
    )
  })

  it('is signed once per token and minute, and anew before it ends', async () => {
    const { proxy, assertionOf, verify } = await world()
    const token = proxy.token()
    const [one, two] = [await assertionOf({}, token), await assertionOf({}, token)]
    expect(two.assertion).toBe(one.assertion)
    expect((await assertionOf({ jti: 'other' })).assertion).not.toBe(one.assertion)
    proxy.deps.clock.advance(60_000)
    const three = await assertionOf({}, token)
    expect(three.assertion).not.toBe(one.assertion)
    await verify(three.assertion)
  })

  it('of a machine client names the client, and no user', async () => {
    const { assertionOf, verify } = await world()
    const { payload } = await verify((await assertionOf({ sub: 'nightly', client_id: 'nightly' })).assertion)
    expect([payload.sub, payload.email, payload.name]).toEqual(['client:nightly', undefined, undefined])
  })

  it('is none for services without an audience and for public ones, whatever the client brings', async () => {
    const { backend, proxy } = await world()
    const forged = { 'X-Gateway-Assertion': 'forged', x_gateway_assertion: 'forged' }
    await proxy.send('/plain/mcp', { headers: { Authorization: `Bearer ${proxy.token({}, 'plain')}`, ...forged } })
    await proxy.send('/open/mcp', { headers: forged })
    expect(JSON.stringify(backend.seen)).not.toContain('forged')
  })

  it('is signed with the new key once the ring says so, and no more with one that has left it', async () => {
    const { proxy, first, second, active, asked, assertionOf, verify } = await world()
    await proxy.putKeys(ringOf(first))
    expect((await verify((await assertionOf()).assertion)).protectedHeader.kid).toBe('a1')
    active.signer = second
    await proxy.putKeys(ringOf(second, first))
    await expect
      .poll(async () => (await verify((await assertionOf()).assertion)).protectedHeader.kid, { timeout: 3_000 })
      .toBe('a2')
    expect(asked).toEqual(['a1', 'a2'])
  })

  it('that cannot be made is 503: the call does not go on without it', async () => {
    const backend = await startBackend()
    const proxy = await startProxy({ services: [service(backend.origin, { id: 'plain' })] })
    await proxy.list(service(backend.origin, { audience: AUDIENCE }))
    const answer = await proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${proxy.token()}` } })
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(backend.seen).toHaveLength(0)
  })
})
