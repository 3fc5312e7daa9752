/** The five services as processes of their own over a real nats-server and redis-server, behind HAProxy. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { natsAuthorization, ROLES, type Role } from '@gateway/contracts'
import { startDemoCalculator, startDemoProvider } from '@gateway/demo'
import { type NatsServer, type RedisServer, startHaproxy, startNatsServer, startRedisServer } from '@gateway/testing'
import { nkeys } from 'nats'
import { answers, freePort, type Process, startProcess } from './processes.ts'
import type { Stack } from './stack.ts'

export const SERVICES = ['registry', 'token-issuer', 'provider-bridge', 'auth-server', 'proxy'] as const
export type Service = (typeof SERVICES)[number]

export interface FiveProcesses extends Stack {
  readonly services: Readonly<Record<Service, Process>>
  readonly nats: NatsServer
  readonly redis: RedisServer
  /** The nkey seed of each role: every part connects as itself, with no more rights than the contracts give it. */
  readonly seeds: Readonly<Record<Role, string>>
  /** Resolves when `/ready` at the edge and every internal port is green. */
  ready(): Promise<void>
}

const CLIENT = { clientId: 'gateway', clientSecret: 'a secret between gateway and demo provider' }

export async function startFiveProcesses(): Promise<FiveProcesses> {
  const cwd = await mkdtemp(join(tmpdir(), 'gateway-five-'))
  const ports = await assignPorts()
  const { publicKeys, seeds } = createKeys()
  const [edge, nats, redis] = await Promise.all([
    startHaproxy(edgeText(ports)),
    startNatsServer({ config: natsAuthorization(publicKeys) }),
    startRedisServer(),
  ])
  const issuer = `http://localhost:${edge.port}`
  const provider = await startDemoProvider({
    host: 'localhost',
    port: await freePort(),
    redirectUri: `${issuer}/oauth/callback`,
    ...CLIENT,
  })
  const calculator = await startDemoCalculator({ host: 'localhost', port: await freePort() })
  const config = configText({
    issuer,
    provider: provider.url,
    calculator: calculator.url,
    nats: nats.url,
    redisPort: redis.port,
  })
  await writeFile(join(cwd, 'config.yaml'), config)
  const start = (name: Service) =>
    startProcess(name, `services/${name}/src/main.ts`, [], { cwd, env: { ...ports.env, NATS_NKEY_SEED: seeds[name] } })

  const bootstrap = startProcess('bootstrap', 'services/gateway/src/main.ts', ['bootstrap'], {
    cwd,
    env: { NATS_NKEY_SEED: seeds.bootstrap },
  })
  await bootstrap.says(/EVT_CLIENTS/)
  await bootstrap.says(/AUDIT/)
  const services = Object.fromEntries(SERVICES.map((name) => [name, start(name)])) as Record<Service, Process>
  const log = () =>
    Object.values(services)
      .map((process) => `--- ${process.name}\n${process.log()}`)
      .join('\n')
  const ready = async () => {
    await Promise.all(ports.telemetry.map((port) => answers(`http://127.0.0.1:${port}/ready`)))
    await answers(`${issuer}/ready`)
    await answers(`${issuer}/.well-known/oauth-authorization-server`)
  }
  await ready().catch((error: unknown) => {
    throw new Error(`the services did not start:\n${bootstrap.log()}\n${log()}`, { cause: error })
  })
  return {
    issuer,
    mcpUrl: `${issuer}/calculator/mcp`,
    services,
    nats,
    redis,
    seeds,
    log,
    ready,
    async stop() {
      await edge.stop()
      await Promise.all(Object.values(services).map((process) => process.kill('SIGKILL')))
      await Promise.all([nats.stop(), redis.stop(), provider.close(), calculator.close()])
      await rm(cwd, { recursive: true, force: true })
    },
  }
}

/** A key for each role; the server knows the public halves. */
function createKeys(): { publicKeys: Record<Role, string>; seeds: Record<Role, string> } {
  const pairs = ROLES.map((role) => [role, nkeys.createUser()] as const)
  return {
    publicKeys: Object.fromEntries(pairs.map(([role, pair]) => [role, pair.getPublicKey()])) as Record<Role, string>,
    seeds: Object.fromEntries(pairs.map(([role, pair]) => [role, new TextDecoder().decode(pair.getSeed())])) as Record<
      Role,
      string
    >,
  }
}

interface Ports {
  readonly proxy: number
  readonly authServer: number
  readonly telemetry: readonly number[]
  readonly env: Record<string, string>
}

async function assignPorts(): Promise<Ports> {
  const [proxy, authServer] = [await freePort(), await freePort()]
  const env: Record<string, string> = { PROXY_PORT: String(proxy), AUTH_SERVER_PORT: String(authServer) }
  const telemetry: number[] = []
  for (const name of SERVICES) {
    const port = await freePort()
    telemetry.push(port)
    env[`${name.toUpperCase().replace('-', '_')}_TELEMETRY_PORT`] = String(port)
  }
  return { proxy, authServer, telemetry, env }
}

function configText(at: {
  issuer: string
  provider: string
  calculator: string
  nats: string
  redisPort: number
}): string {
  return `
issuer: ${at.issuer}
session_secret: e2e-e2e-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
nats: { url: "${at.nats}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${at.redisPort} } }
oauth_providers:
  oidc: { issuer: "${at.provider}", client_id: "${CLIENT.clientId}", client_secret: "${CLIENT.clientSecret}" }
mcp_services:
  calculator: { name: Calculator, url: "${at.calculator}", scopes: [read, calculate] }
`
}

/** The edge's route table (ARCHITECTURE.md) in HAProxy's words. */
function edgeText(ports: Ports): string {
  return `
global
  maxconn 2048
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  retries 3
  option redispatch
frontend edge
  bind \${BIND}
  acl resource_metadata path_beg /.well-known/oauth-protected-resource
  acl authorization path /account
  acl authorization path_beg /oauth/ /account/ /schemas/ /.well-known/
  acl appended path_reg ^/[^/]+/mcp/\\.well-known/
  use_backend auth-server if appended
  use_backend proxy if resource_metadata
  use_backend auth-server if authorization
  default_backend proxy
backend auth-server
  server auth-server 127.0.0.1:${ports.authServer}
backend proxy
  server proxy 127.0.0.1:${ports.proxy}
`
}
