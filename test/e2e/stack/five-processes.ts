/** The five services as processes of their own over real servers, behind HAProxy; any number of replicas of each. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { natsAuthorization, type Role } from '@gateway/contracts'
import { startDemoCalculator, startDemoProvider } from '@gateway/demo'
import {
  freePort,
  type NatsServer,
  type RedisServer,
  startHaproxy,
  startNatsServer,
  startRedisServer,
} from '@gateway/testing'
import { createCredentials } from './credentials.ts'
import { edgeText } from './edge.ts'
import { answers, startProcess } from './processes.ts'
import {
  placeReplica,
  type Replica,
  type ReplicaPlace,
  SERVICES,
  type Servers,
  type Service,
  startReplica,
} from './replica.ts'
import type { Stack } from './stack.ts'

/** A server, or several as one. */
interface Backend {
  stop(): Promise<void>
}

export interface Layout<Nats extends Backend & { readonly url: string }, Store extends Backend> {
  /** `authorization`: the part of the server's configuration that says who may do what. */
  readonly nats: (authorization: string) => Promise<Nats>
  readonly store: () => Promise<Store>
  /** YAML: the sections `nats` and `storage`, and what else differs from the defaults. */
  readonly configuration: (nats: Nats, store: Store) => string
  /** Of each service, or of those that are named; default 1. */
  readonly replicas?: number | Readonly<Partial<Record<Service, number>>>
  /** YAML: further keys of the calculator's entry. */
  readonly service?: string
  /** Each replica then reaches these through networks of its own. */
  readonly behind?: (nats: Nats, store: Store) => Servers
  /** Where the sources of each service's first replica, second … are; absent: here. */
  readonly roots?: readonly string[]
}

export interface Deployment<Nats, Store> extends Stack {
  readonly services: Readonly<Record<Service, readonly Replica[]>>
  readonly replicas: readonly Replica[]
  readonly nats: Nats
  readonly store: Store
  /** Where `config.yaml` lies, from which all of them start. */
  readonly folder: string
  /** The nkey seed of each role: every part connects as itself, with no more rights than the contracts give it. */
  readonly seeds: Readonly<Record<Role, string>>
  /** Resolves when `/ready` at the edge and every internal port is green. */
  ready(): Promise<void>
}

export type FiveProcesses = Deployment<NatsServer, RedisServer>

/** One of each unless `shape` says otherwise, over one nats-server and one redis-server. `more`: YAML, other sections of the configuration. */
export function startFiveProcesses(
  more = '',
  shape: Pick<Layout<NatsServer, RedisServer>, 'replicas' | 'service'> = {},
): Promise<FiveProcesses> {
  return deploy({
    ...shape,
    nats: (config) => startNatsServer({ config }),
    store: () => startRedisServer(),
    configuration: (nats, redis) => `
nats: { url: "${nats.url}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${redis.port} } }
${more}`,
  })
}

export async function deploy<Nats extends Backend & { readonly url: string }, Store extends Backend>(
  layout: Layout<Nats, Store>,
): Promise<Deployment<Nats, Store>> {
  const cwd = await mkdtemp(join(tmpdir(), 'gateway-five-'))
  const { publicKeys, seeds } = createCredentials()
  const [nats, store] = await Promise.all([layout.nats(natsAuthorization(publicKeys)), layout.store()])
  const behind = layout.behind?.(nats, store)
  const places = await placeAll(layout.replicas, behind)
  const edge = await startHaproxy(
    edgeText({ proxy: edgePorts(places, 'proxy'), 'auth-server': edgePorts(places, 'auth-server') }),
  )
  const issuer = `http://localhost:${edge.port}`
  const outside = await startOutside(issuer)
  await writeFile(
    join(cwd, 'config.yaml'),
    configText({ issuer, ...outside }, layout.configuration(nats, store), layout.service),
  )
  const bootstrapped = await bootstrap(cwd, seeds.bootstrap)

  const replicas = places.map((place) => {
    const root = layout.roots?.[place.index]
    return startReplica(place, { cwd, seed: seeds[place.service], behind, ...(root === undefined ? {} : { root }) })
  })
  const of = (service: Service) => replicas.filter((replica) => replica.service === service)
  const log = () => replicas.map((replica) => `--- ${replica.name}\n${replica.log()}`).join('\n')
  const ready = async () => {
    const internal = replicas.map(({ telemetryPort }) => `http://127.0.0.1:${telemetryPort}/ready`)
    const edge = [`${issuer}/ready`, `${issuer}/.well-known/oauth-authorization-server`]
    await Promise.all([...internal, ...edge].map((url) => answers(url, READY_MS)))
  }
  const stop = async () => {
    await edge.stop()
    await Promise.all(replicas.map((replica) => replica.kill('SIGKILL')))
    await Promise.all(places.flatMap(({ network }) => Object.values(network)).map((network) => network.stop()))
    await Promise.all([nats.stop(), store.stop(), outside.stop()])
    await rm(cwd, { recursive: true, force: true })
  }
  await ready().catch(async (cause: unknown) => {
    await stop()
    throw new Error(`the services did not start:\n${bootstrapped}\n${log()}`, { cause })
  })
  const services = Object.fromEntries(SERVICES.map((service) => [service, of(service)])) as Record<Service, Replica[]>
  return {
    issuer,
    mcpUrl: `${issuer}/calculator/mcp`,
    services,
    replicas,
    nats,
    store,
    folder: cwd,
    seeds,
    log,
    ready,
    stop,
  }
}

async function placeAll(
  replicas: Layout<never, never>['replicas'],
  behind: Servers | undefined,
): Promise<readonly ReplicaPlace[]> {
  const places: ReplicaPlace[] = []
  for (const service of SERVICES) {
    const count = (typeof replicas === 'object' ? replicas[service] : replicas) ?? 1
    for (let index = 0; index < count; index++) places.push(await placeReplica(service, index, behind))
  }
  return places
}

function edgePorts(places: readonly ReplicaPlace[], service: Service): readonly number[] {
  return places.flatMap((place) => (place.service === service && place.edgePort !== undefined ? [place.edgePort] : []))
}

/** Ten processes of a busy machine take their time. */
const READY_MS = 120_000

const CLIENT = { clientId: 'gateway', clientSecret: 'a secret between gateway and demo provider' }

/** What is no part of the gateway: the identity provider and the MCP server. */
async function startOutside(issuer: string) {
  const at = async () => ({ host: 'localhost', port: await freePort() })
  const provider = await startDemoProvider({ ...(await at()), redirectUri: `${issuer}/oauth/callback`, ...CLIENT })
  const calculator = await startDemoCalculator(await at())
  const stop = async () => void (await Promise.all([provider.close(), calculator.close()]))
  return { provider: provider.url, calculator: calculator.url, stop }
}

function configText(
  at: { readonly issuer: string; readonly provider: string; readonly calculator: string },
  more: string,
  service = '',
): string {
  return `
issuer: ${at.issuer}
session_secret: e2e-e2e-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
oauth_providers:
  oidc: { issuer: "${at.provider}", client_id: "${CLIENT.clientId}", client_secret: "${CLIENT.clientSecret}" }
mcp_services:
  calculator: { name: Calculator, url: "${at.calculator}", scopes: [read, calculate]${service && `, ${service}`} }
${more}
`
}

/** @throws when it ends with anything but 0 */
async function bootstrap(cwd: string, seed: string): Promise<string> {
  const env = { NATS_NKEY_SEED: seed }
  const process = startProcess('bootstrap', 'services/gateway/src/main.ts', ['bootstrap'], { cwd, env })
  if ((await process.exited()) !== 0) throw new Error(`bootstrap failed:\n${process.log()}`)
  return process.log()
}
