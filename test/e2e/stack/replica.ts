/** One replica of one service as a process, reached and reaching others directly or through networks of its own. */
import { freePort, startTcpProxy, type TcpProxy } from '@gateway/testing'
import { type Process, startProcess } from './processes.ts'

export const SERVICES = ['registry', 'token-issuer', 'provider-bridge', 'auth-server', 'proxy'] as const
export type Service = (typeof SERVICES)[number]

/** Where it will be, before it is started: the edge must know. */
export interface ReplicaPlace {
  readonly service: Service
  readonly index: number
  readonly telemetryPort: number
  /** Its own public port, past its network; undefined for a service without one. */
  readonly publicPort: number | undefined
  /** The public port that the edge knows. */
  readonly edgePort: number | undefined
  /** Empty unless asked for. `edge`: between the edge and its public port. */
  readonly network: Readonly<Partial<Record<Peer, TcpProxy>>>
}
export type Peer = 'nats' | 'store' | 'edge'

export type Replica = ReplicaPlace & Process

export interface Servers {
  readonly nats: Address
  readonly store: Address
  /** What tells a replica another port of the store than the configuration's. */
  readonly storeVariables: (port: number) => Readonly<Record<string, string>>
}

interface Address {
  readonly host: string
  readonly port: number
}

/** `behind`: the servers that it reaches through a network of its own; absent: all directly. */
export async function placeReplica(service: Service, index: number, behind?: Servers): Promise<ReplicaPlace> {
  const publicPort = service === 'proxy' || service === 'auth-server' ? await freePort() : undefined
  const network = behind ? await startNetwork(behind, publicPort) : {}
  const edgePort = network.edge?.port ?? publicPort
  return { service, index, telemetryPort: await freePort(), publicPort, edgePort, network }
}

async function startNetwork(to: Servers, publicPort: number | undefined): Promise<ReplicaPlace['network']> {
  const [nats, store] = [await startTcpProxy(to.nats), await startTcpProxy(to.store)]
  if (publicPort === undefined) return { nats, store }
  return { nats, store, edge: await startTcpProxy({ host: '127.0.0.1', port: publicPort }) }
}

export function startReplica(
  place: ReplicaPlace,
  own: {
    readonly cwd: string
    readonly seed: string
    readonly behind?: Servers | undefined
    readonly root?: string
  },
): Replica {
  const { service, index, publicPort, network } = place
  const prefix = service.toUpperCase().replace('-', '_')
  const env = {
    NATS_NKEY_SEED: own.seed,
    [`${prefix}_TELEMETRY_PORT`]: String(place.telemetryPort),
    ...(publicPort === undefined ? {} : { [`${prefix}_PORT`]: String(publicPort) }),
    ...(network.nats ? { MCP_NATS_URL: `nats://127.0.0.1:${network.nats.port}` } : {}),
    ...(network.store ? own.behind?.storeVariables(network.store.port) : {}),
  }
  const from = { cwd: own.cwd, env, ...(own.root === undefined ? {} : { root: own.root }) }
  const process = startProcess(`${service} ${index + 1}`, `services/${service}/src/main.ts`, [], from)
  return { ...place, ...process }
}
