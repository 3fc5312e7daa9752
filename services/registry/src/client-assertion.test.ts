import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Client, ClientCredentials } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { CHARACTER_MAX, characterAt } from '@gateway/testing'
import * as fc from 'fast-check'
import { type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { claimedClientId } from './client-assertion.ts'
import { authenticateClient } from './handlers/authenticate-client.ts'
import { type DocumentServer, startDocumentServer } from './test-support/document-server.ts'
import { createWorld, LOOPBACK, request, type World, withPrivateHost } from './test-support/world.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicJwk = ({ publicKey }: { publicKey: KeyObject }, kid?: string) => ({
  ...publicKey.export({ format: 'jwk' }),
  ...(kid === undefined ? {} : { kid }),
})
const metadata = { redirect_uris: [LOOPBACK], token_endpoint_auth_method: 'private_key_jwt' }
const ISSUER = 'http://localhost:8080'

describe('a client assertion (RFC 7523 §3)', () => {
  let world: World
  let server: DocumentServer
  let client: Client

  beforeAll(async () => {
    server = await startDocumentServer()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    world = await createWorld({ config: withPrivateHost(), network: server.network })
    client = (await world.register({ ...metadata, jwks: { keys: [publicJwk(ec, 'e1'), publicJwk(rsa, 'r1')] } })).client
  })

  interface Change {
    readonly claims?: Readonly<Record<string, unknown>>
    readonly header?: Partial<JWTHeaderParameters>
    readonly key?: KeyObject | Uint8Array
  }
  function sign({ claims = {}, header = {}, key = ec.privateKey }: Change = {}): Promise<string> {
    const now = Math.floor(world.clock.now / 1_000)
    const { client_id } = client
    const all = { iss: client_id, sub: client_id, aud: ISSUER, iat: now, exp: now + 300, jti: newId(), ...claims }
    const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    return new SignJWT(present).setProtectedHeader({ alg: 'ES256', kid: 'e1', ...header }).sign(key)
  }
  const authenticate = (client_assertion: string, client_id?: string) =>
    authenticateClient(world, { method: 'private_key_jwt', client_assertion, client_id }, request())
  const outcome = (answer: Promise<unknown>) =>
    answer.then(
      () => 'accepted',
      ({ code, detail }: { code: string; detail: { reason?: string } }) => detail.reason ?? code,
    )

  it('proves the client, with or without its id beside it (RFC 7521 §4.2)', async () => {
    expect(await authenticate(await sign())).toEqual(client)
    expect(await authenticate(await sign(), client.client_id)).toEqual(client)
    expect(await outcome(authenticate(await sign(), 'another'))).toBe('client_id_mismatch')
  })

  it.each([ISSUER, `${ISSUER}/oauth/token`, `${ISSUER}/oauth/par`, ['https://other.example', ISSUER]])(
    'is for us with the audience %j (A17)',
    async (aud) => {
      expect(await outcome(authenticate(await sign({ claims: { aud } })))).toBe('accepted')
    },
  )

  it.each(['https://other.example', `${ISSUER}/`, `${ISSUER}/oauth/authorize`, undefined, []])(
    'is not for us with the audience %j',
    async (aud) => {
      expect(await outcome(authenticate(await sign({ claims: { aud } })))).toBe('assertion_aud')
    },
  )

  it('is used once, on any number of replicas, and within its life only', async () => {
    const assertion = await sign()
    const replica = await createWorld({ config: withPrivateHost(), network: server.network, deps: world.deps })
    const credentials: ClientCredentials = { method: 'private_key_jwt', client_assertion: assertion }
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        outcome(authenticateClient(index % 2 ? world : replica, credentials, request())),
      ),
    )
    expect(outcomes.filter((text) => text === 'accepted')).toHaveLength(1)
    expect(outcomes.filter((text) => text === 'assertion_replayed')).toHaveLength(39)
    world.clock.advance(300_000 + 59_000)
    expect(await outcome(authenticate(assertion))).toBe('assertion_replayed')
    world.clock.advance(2_000)
    expect(await outcome(authenticate(assertion))).toBe('assertion_expired')
  })

  it('counts once for one request, however often that one is asked again', async () => {
    const credentials: ClientCredentials = { method: 'private_key_jwt', client_assertion: await sign() }
    const sameRequest = request()
    expect(await outcome(authenticateClient(world, credentials, sameRequest))).toBe('accepted')
    expect(await outcome(authenticateClient(world, credentials, sameRequest))).toBe('accepted')
    expect(await outcome(authenticateClient(world, credentials, request()))).toBe('assertion_replayed')
  })

  it('does not use up the id of one that was not right', async () => {
    const jti = newId()
    expect(await outcome(authenticate(await sign({ claims: { jti, aud: 'x' } })))).toBe('assertion_aud')
    expect(await outcome(authenticate(await sign({ claims: { jti } })))).toBe('accepted')
    expect(await outcome(authenticate(await sign({ claims: { jti } })))).toBe('assertion_replayed')
  })

  it.each<[string, Change['claims'] & object, string]>([
    ['without exp', { exp: undefined }, 'assertion_exp'],
    ['without jti', { jti: undefined }, 'assertion_jti'],
    ['that lives for years', { exp: 4_000_000_000 }, 'assertion_too_long_lived'],
    ['of the future', { nbf: 4_000_000_000 }, 'assertion_nbf'],
    ['of another issuer', { iss: 'another' }, 'client_id_mismatch'],
    ['of another subject', { sub: 'another' }, 'client_id_mismatch'],
    ['of nobody', { sub: undefined, iss: undefined }, 'client_id_mismatch'],
  ])('%s is refused', async (_, claims, reason) => {
    expect(await outcome(authenticate(await sign({ claims })))).toBe(reason)
  })

  it.each([
    ['another key', { key: other.privateKey }, 'assertion_invalid'],
    ['a key that it does not have', { header: { kid: 'e2' } }, 'key_unknown'],
    ['a key of another kind', { header: { alg: 'PS256', kid: 'e1' }, key: rsa.privateKey }, 'key_unknown'],
    [
      'its public key as a secret',
      { header: { alg: 'HS256', kid: 'e1' }, key: Buffer.from(JSON.stringify(publicJwk(ec, 'e1'))) },
      'assertion_invalid',
    ],
  ] satisfies [string, Change, string][])('made with %s is refused', async (_, change, reason) => {
    expect(await outcome(authenticate(await sign(change)))).toBe(reason)
  })

  it.each(['', 'x', 'a.b.c', 'x'.repeat(9_000)])('that is none (%#) is refused', async (text) => {
    expect(await outcome(authenticate(text))).toBe('client_id_mismatch')
  })

  it('names nobody unless it is a JWT that says so twice, whatever it is', () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    fc.assert(
      fc.property(
        fc.string({ unit: fc.nat(CHARACTER_MAX).map(characterAt) }),
        fc.jsonValue(),
        fc.jsonValue(),
        (text, iss, sub) => {
          expect(claimedClientId(text)).toBeUndefined()
          const named = claimedClientId(`${part({ alg: 'ES256' })}.${part({ iss, sub })}.x`)
          expect(named).toBe(typeof sub === 'string' && iss === sub ? sub : undefined)
        },
      ),
    )
    expect(claimedClientId(`${part({})}.${part({ iss: 'c1', sub: 'c1' })}.x`)).toBe('c1')
  })

  it('without a signature is refused (advisory: internal identity read from an unverified JWT)', async () => {
    const [, payload] = (await sign()).split('.')
    const header = Buffer.from('{"alg":"none"}').toString('base64url')
    expect(await outcome(authenticate(`${header}.${payload}.`))).toBe('assertion_invalid')
  })

  it.each([
    ['RS256', { header: { alg: 'RS256', kid: 'r1' }, key: rsa.privateKey }],
    ['PS256', { header: { alg: 'PS256', kid: 'r1' }, key: rsa.privateKey }],
    ['ES256 without kid, among several keys', { header: { kid: undefined as never } }],
  ] satisfies [string, Change][])('may be made with %s', async (_, change) => {
    expect(await outcome(authenticate(await sign(change)))).toBe('accepted')
  })

  it('may be made with Ed25519, by one of two keys of the same kind and no kid', async () => {
    const keys = [publicJwk(generateKeyPairSync('ed25519')), publicJwk(ed)]
    client = (await world.register({ ...metadata, jwks: { keys } })).client
    const change = { header: { alg: 'EdDSA', kid: undefined as never }, key: ed.privateKey }
    expect(await outcome(authenticate(await sign(change)))).toBe('accepted')
    const wrong = { ...change, key: generateKeyPairSync('ed25519').privateKey }
    expect(await outcome(authenticate(await sign(wrong)))).toBe('assertion_invalid')
  })

  it('uses the one algorithm that the client registered', async () => {
    const keys = [publicJwk(rsa, 'r1')]
    const only = { ...metadata, jwks: { keys }, token_endpoint_auth_signing_alg: 'RS256' }
    client = (await world.register(only)).client
    const by = (alg: string) => sign({ header: { alg, kid: 'r1' }, key: rsa.privateKey })
    expect(await outcome(authenticate(await by('RS256')))).toBe('accepted')
    expect(await outcome(authenticate(await by('PS256')))).toBe('assertion_invalid')
  })

  it('is the only proof of a client with keys alone, and no proof of any other', async () => {
    const { client_id } = client
    expect(await outcome(authenticateClient(world, { method: 'none', client_id }, request()))).toBe('proof_missing')
    const secret = { method: 'client_secret_post', client_id, client_secret: 'x' } as const
    expect(await outcome(authenticateClient(world, secret, request()))).toBe('method_not_registered')
    client = (await world.register({ redirect_uris: [LOOPBACK], token_endpoint_auth_method: 'none' })).client
    expect(await outcome(authenticate(await sign()))).toBe('method_not_registered')
  })

  it('is recorded in the audit without any part of itself', async () => {
    const assertion = await sign({ key: other.privateKey })
    await outcome(authenticate(assertion))
    const text = JSON.stringify(world.audited)
    expect(text).toContain('assertion_invalid')
    for (const part of assertion.split('.')) expect(text).not.toContain(part)
  })

  describe('with keys at a URL, as ChatGPT has them', () => {
    const document = (keys: readonly object[]) => {
      const client_id = `${server.origin}/${newId()}/client.json`
      const jwks_uri = `${server.origin}/${newId()}/jwks.json`
      const methods = { token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'] }
      const body = { client_id, client_name: 'ChatGPT', redirect_uris: [LOOPBACK], jwks_uri, ...methods }
      server.json(new URL(client_id).pathname, { ...body, token_endpoint_auth_method: 'private_key_jwt' })
      server.json(new URL(jwks_uri).pathname, { keys })
      client = { ...client, client_id }
      return { client_id, path: new URL(jwks_uri).pathname }
    }
    const askedFor = (path: string) => server.asked.filter((asked) => asked === path).length

    it('takes either of the methods that its document lists (protocol breaker: ChatGPT CIMD)', async () => {
      const { client_id } = document([publicJwk(ec, 'e1')])
      expect(await outcome(authenticate(await sign()))).toBe('accepted')
      expect(await outcome(authenticateClient(world, { method: 'none', client_id }, request()))).toBe('accepted')
    })

    it('fetches them once, and again for a key that is new, but not for every made-up one (pain-22)', async () => {
      const { path } = document([publicJwk(ec, 'e1')])
      for (let index = 0; index < 3; index++) expect(await outcome(authenticate(await sign()))).toBe('accepted')
      expect(askedFor(path)).toBe(1)
      server.json(path, { keys: [publicJwk(ec, 'e1'), publicJwk(other, 'o1')] })
      const change = { header: { kid: 'o1' }, key: other.privateKey }
      expect(await outcome(authenticate(await sign(change)))).toBe('accepted')
      expect(askedFor(path)).toBe(2)
      for (let index = 0; index < 5; index++)
        expect(await outcome(authenticate(await sign({ header: { kid: `x${index}` } })))).toBe('key_unknown')
      expect(askedFor(path)).toBe(2)
    })

    it('is an outage, never a failed proof, when they cannot be fetched', async () => {
      const { path } = document([])
      server.on(path, (response) => response.writeHead(503).end())
      await expect(authenticate(await sign())).rejects.toMatchObject({ code: 'metadata_document_unreachable' })
    })

    it('has none when what is there holds a private key', async () => {
      document([ec.privateKey.export({ format: 'jwk' })])
      expect(await outcome(authenticate(await sign()))).toBe('keys_invalid')
    })
  })
})
