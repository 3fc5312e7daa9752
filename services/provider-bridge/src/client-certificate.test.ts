/** The gateway proves itself over TLS: in every way of RFC 6749 §2.3 and RFC 7523 §2.2, and by a certificate (RFC 8705 §2, §5). */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Certificates, makeCertificates } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { refusalOf } from './test-support/bridge.ts'
import { startBridge } from './test-support/recorded-bridge.ts'
import { keycloak } from './test-support/recordings/keycloak.ts'

const usual = getCACertificates('default')
const made: Certificates[] = []
/** The provider, the gateway as it knows it, and somebody else of that name. */
let [server, gateway, other] = made

async function newCertificates(): Promise<Certificates> {
  const certificates = await makeCertificates(['DNS:localhost'])
  made.push(certificates)
  return certificates
}

beforeAll(async () => {
  server = await newCertificates()
  gateway = await newCertificates()
  other = await newCertificates()
  setDefaultCACertificates([...usual, read(server.authority)])
})
afterAll(async () => {
  setDefaultCACertificates(usual)
  for (const certificates of made) await certificates.remove()
})

const read = (path = '') => readFileSync(path, 'utf8')

const asKeycloak = (keys: Readonly<Record<string, unknown>>, ca: readonly string[]) =>
  startBridge({
    id: 'keycloak',
    recording: keycloak,
    server: listener(ca),
    keys: ({ issuer }) => ({ issuer, ...keys }),
  })

/** `ca`: who makes the certificates that clients must have; empty: they need none. */
function listener(ca: readonly string[]) {
  const own = { cert: read(server?.certificate), key: read(server?.key) }
  return createServer(ca.length === 0 ? own : { ...own, ca: [...ca], requestCert: true, rejectUnauthorized: true })
}

const certificateOf = (own: Certificates | undefined) => ({
  client_authentication: 'tls_client_auth',
  client_secret: undefined,
  tls_certificate: read(own?.certificate),
  tls_key: read(own?.key),
})

const start = (own: Certificates | undefined) => asKeycloak(certificateOf(own), [read(gateway?.authority)])

describe('a provider behind TLS', () => {
  const private_key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })

  it.each([
    ['client_secret_post', {}, ['client_id', 'client_secret']],
    ['client_secret_basic', {}, []],
    ['private_key_jwt', { private_key }, ['client_assertion', 'client_assertion_type', 'client_id']],
  ])('is shown %s', async (client_authentication, keys, members) => {
    const { idp, signIn } = await asKeycloak({ client_authentication, ...keys }, [])
    expect(idp.origin).toMatch(/^https:/)
    expect((await (await signIn({ iss: idp.issuer })).finished).profile.name).toBe('Ada Lovelace')
    const request = idp.asked.find(({ path }) => path.endsWith('/token'))
    expect([...(request?.form.keys() ?? [])].filter((name) => name.startsWith('client_')).toSorted()).toEqual(members)
    expect(request?.headers.authorization?.split(' ')[0]).toBe(members.length === 0 ? 'Basic' : undefined)
  })

  it('is not believed with a certificate of an unknown authority', async () => {
    const own = { cert: read(other?.certificate), key: read(other?.key) }
    const { bridge } = await startBridge({ id: 'keycloak', recording: keycloak, server: createServer(own) })
    expect(await refusalOf(bridge.begin())).toBe('unavailable: identity provider')
  })
})

describe('a provider that asks for a certificate', () => {
  it('gets the gateway’s, and the client id beside it', async () => {
    const { idp, signIn } = await start(gateway)
    expect((await (await signIn({ iss: idp.issuer })).finished).profile.name).toBe('Ada Lovelace')
    const request = idp.asked.find(({ path }) => path.endsWith('/token'))
    expect([request?.form.get('client_id'), request?.form.has('client_secret')]).toEqual(['gateway', false])
  })

  it('that knows another one cannot be talked with', async () => {
    const { bridge } = await start(other)
    expect(await refusalOf(bridge.begin())).toBe('unavailable: identity provider')
  })

  it('at its token endpoint alone, under an address of its own, gets it there (RFC 8705 §5)', async () => {
    const { idp, signIn } = await asKeycloak(certificateOf(gateway), [])
    const demanding = listener([read(gateway?.authority)]).on('request', (...exchange) => idp.pass(...exchange))
    await once(demanding.listen(0, 'localhost'), 'listening')
    onTestFinished(() => void demanding.close())
    const { port } = demanding.address() as AddressInfo
    const token_endpoint = `https://localhost:${port}/realms/staff/protocol/openid-connect/token`
    idp.script.metadata['mtls_endpoint_aliases'] = { token_endpoint }
    expect((await (await signIn({ iss: idp.issuer })).finished).profile.name).toBe('Ada Lovelace')
    expect(idp.asked.find(({ path }) => path.endsWith('/token'))?.headers.host).toBe(`localhost:${port}`)
  })
})
