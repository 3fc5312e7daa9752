/** The gateway's certificate at a provider that asks for one in the TLS handshake (RFC 8705 §2). */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Certificates, makeCertificates } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

const start = (own: Certificates | undefined) =>
  startBridge({
    id: 'keycloak',
    recording: keycloak,
    server: createServer({
      cert: read(server?.certificate),
      key: read(server?.key),
      ca: [read(gateway?.authority)],
      requestCert: true,
      rejectUnauthorized: true,
    }),
    keys: ({ issuer }) => ({
      issuer,
      client_authentication: 'tls_client_auth',
      client_secret: undefined,
      tls_certificate: read(own?.certificate),
      tls_key: read(own?.key),
    }),
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
})
