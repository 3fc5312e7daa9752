/** The gateway's certificate at a provider that asks for one in the TLS handshake (RFC 8705 §2). */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusalOf } from './testing/bridge.ts'
import { startBridge } from './testing/recorded-bridge.ts'
import { keycloak } from './testing/recordings/keycloak.ts'

interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Self-signed, for an hour. */
function certificate(name: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-certificate-'))
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const request = [
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=DNS:${name}`,
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      cert,
    ]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...request],
      {
        stdio: 'pipe',
      },
    )
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const usual = getCACertificates('default')
let server: Certificate
let gateway: Certificate
beforeAll(() => {
  server = certificate('localhost')
  gateway = certificate('gateway')
  setDefaultCACertificates([...usual, server.cert])
})
afterAll(() => setDefaultCACertificates(usual))

const start = (own: Certificate) =>
  startBridge({
    id: 'keycloak',
    recording: keycloak,
    server: createServer({ ...server, ca: [gateway.cert], requestCert: true, rejectUnauthorized: true }),
    keys: ({ issuer }) => ({
      issuer,
      client_authentication: 'tls_client_auth',
      client_secret: undefined,
      tls_certificate: own.cert,
      tls_key: own.key,
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
    const { bridge } = await start(certificate('gateway'))
    expect(await refusalOf(bridge.begin())).toBe('unavailable: identity provider')
  })
})
