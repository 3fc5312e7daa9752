/** What is measured: the gateway as one process in memory, `oidc-provider` beside it, and the gateway as five processes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Running } from '@gateway/demo'
import { startDemoProvider } from '@gateway/demo'
import { freePort, startNatsServer, startRedisServer } from '@gateway/testing'
import { deploy } from '../../e2e/stack/five-processes.ts'
import { answers, ROOT } from '../../e2e/stack/processes.ts'
import { cpuSeconds, start, startNode, stop } from '../processes.ts'
import type { OidcProviderSetup } from './oidc-provider.ts'

export interface Subject {
  readonly issuer: string
  readonly authorizationPath: string
  readonly tokenPath: string
  readonly resource: string
  /** CPU seconds of all its processes so far; undefined where they share the machine with others of theirs. */
  cpuSeconds(): number | undefined
  stop(): Promise<void>
}

/** A public web client that both know from their configuration. */
export const CLIENT = { id: 'bench', redirectUri: 'https://app.example/callback', scope: 'read calculate' } as const

const PROVIDER_CLIENT = { clientId: 'gateway', clientSecret: 'a secret between gateway and demo provider' }

/** Nobody is limited, since everything here is done by one client, one user and one address. */
const CONFIGURATION = `
clients:
  ${CLIENT.id}: { redirect_uris: ["${CLIENT.redirectUri}"], token_endpoint_auth_method: none }
consent: { remember: true }
tokens: { code_ttl_seconds: 600 }
limits:
  oauth:
    address_pages_per_minute: 1000000000
    failures_per_minute: 1000000000
    client_requests_per_minute: 1000000000
    user_codes_per_minute: 1000000000
`

/** `gateway start` with a configuration that keeps nothing, and so everything in memory. */
export async function startGateway(core: number, folder: string): Promise<Subject> {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const redirectUri = `${issuer}/oauth/callback`
  const provider: Running = await startDemoProvider({ host: 'localhost', port: 0, redirectUri, ...PROVIDER_CLIENT })
  const file = join(folder, 'gateway.yaml')
  writeFileSync(
    file,
    `
issuer: ${issuer}
port: ${port}
session_secret: bench-bench-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
telemetry: { port: ${await freePort()} }
oauth_providers:
  oidc: { issuer: "${provider.url}", client_id: "${PROVIDER_CLIENT.clientId}", client_secret: "${PROVIDER_CLIENT.clientSecret}" }
mcp_services:
  calculator: { name: Calculator, url: "http://localhost:9/mcp", scopes: [read, calculate] }
${CONFIGURATION}`,
  )
  const flags = process.env['BENCH_NODE_FLAGS']?.split(' ').filter((flag) => flag !== '') ?? []
  const command = [process.execPath, ...flags, `${ROOT}services/gateway/src/main.ts`, 'start', '--config', file]
  const child = start({ core, command })
  child.stdout?.resume()
  await answers(`${issuer}/ready`)
  return {
    ...gatewayPaths(issuer),
    cpuSeconds: () => cpuSeconds(child),
    stop: async () => void (await Promise.all([stop(child), provider.close()])),
  }
}

export async function startOidcProvider(core: number): Promise<Subject> {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const resource = `${issuer}/calculator/mcp`
  const { id: clientId, redirectUri, scope } = CLIENT
  const setup: OidcProviderSetup = { port, clientId, redirectUri, scope, resource }
  const { child } = await startNode(core, './token/oidc-provider.ts', [JSON.stringify(setup)])
  return {
    issuer,
    authorizationPath: '/auth',
    tokenPath: '/token',
    resource,
    cpuSeconds: () => cpuSeconds(child),
    stop: () => stop(child),
  }
}

/** One of each service over nats-server and redis-server, behind HAProxy, wherever the system puts them. */
export async function startFive(): Promise<Subject> {
  const deployment = await deploy({
    nats: (config) => startNatsServer({ config }),
    store: () => startRedisServer(),
    configuration: (nats, redis) => `
nats: { url: "${nats.url}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${redis.port} } }
${CONFIGURATION}`,
  })
  return {
    ...gatewayPaths(deployment.issuer),
    cpuSeconds: () => undefined,
    stop: () => deployment.stop(),
  }
}

function gatewayPaths(issuer: string) {
  const paths = { authorizationPath: '/oauth/authorize', tokenPath: '/oauth/token' }
  return { issuer, ...paths, resource: `${issuer}/calculator/mcp` }
}
