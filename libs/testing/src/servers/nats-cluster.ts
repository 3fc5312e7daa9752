/** Three nats-servers as one JetStream cluster on this machine, each killed, frozen, wiped and restarted by itself. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { locate, MissingServer } from './locate.ts'
import type { NatsServer } from './nats.ts'
import { freePort } from './ports.ts'
import { answers } from './probe.ts'
import { recipes } from './recipes.ts'
import { type Startable, startServer } from './server.ts'

export interface ClusterMember extends NatsServer {
  readonly name: string
  /** Comes back with nothing of what it held; the others bring it up to date. */
  wipe(): Promise<void>
}

export interface NatsCluster extends AsyncDisposable {
  /** The addresses of all, as `nats.url` takes them. */
  readonly url: string
  readonly members: readonly ClusterMember[]
  leaderOf(stream: string): Promise<ClusterMember>
  /** Resolves once every member has the stream as it is, and says that it is well. */
  current(stream: string): Promise<void>
  stop(): Promise<void>
}

export interface NatsClusterOptions {
  /** `2.9`: a cluster that is refused. Default: 2.15 or newer. */
  readonly version?: '2.15' | '2.9' | undefined
  /** What stands in the configuration of each (permissions, limits) beside its place in the cluster. */
  readonly config?: string | undefined
}

interface Place {
  readonly name: string
  readonly routePort: number
  readonly monitorPort: number
}

const NAMES = ['n1', 'n2', 'n3'] as const
const READY_MS = 20_000
const POLL_MS = 50

/** Has elected its leader when it resolves. @throws MissingServer where no binary is at hand: a cluster needs addresses of its own */
export async function startNatsCluster(options: NatsClusterOptions = {}): Promise<NatsCluster> {
  const found = await locate(options.version === '2.9' ? recipes.nats29 : recipes.nats)
  if (found.kind !== 'binary')
    throw new MissingServer(`no nats-server to make a cluster of: ${found.from} is one server`)
  const places: Place[] = []
  for (const name of NAMES) places.push({ name, routePort: await freePort(), monitorPort: await freePort() })
  const members = await Promise.all(
    places.map((place) => startMember(found, place.name, `${configOf(place, places)}${options.config ?? ''}`)),
  )
  const cluster = new Cluster(members, places)
  await cluster.elected()
  return cluster
}

async function startMember(found: Startable, name: string, config: string): Promise<ClusterMember> {
  let jetstream = ''
  const server = await startServer(found, {
    name: 'nats-cluster',
    prepare: ({ folder }) => {
      jetstream = join(folder, 'jetstream')
      return writeFile(join(folder, 'nats.conf'), config)
    },
    args: ({ bind, port, folder }) => {
      const place = ['--addr', bind, '--port', String(port), '--jetstream', '--store_dir', join(folder, 'jetstream')]
      return [...place, '--config', join(folder, 'nats.conf')]
    },
    ready: (port) => answers(port, '', 'INFO '),
  })
  const wipe = async () => {
    await server.kill()
    await rm(jetstream, { recursive: true, force: true })
    await server.restart()
  }
  return Object.assign(server, { url: `nats://${server.host}:${server.port}`, name, wipe })
}

function configOf(place: Place, all: readonly Place[]): string {
  const routes = all.map(({ routePort }) => `nats://127.0.0.1:${routePort}`).join(', ')
  return `
server_name: ${place.name}
http: "127.0.0.1:${place.monitorPort}"
cluster { name: test, listen: "127.0.0.1:${place.routePort}", routes: [${routes}] }
`
}

/** What `/jsz` says of one stream. */
interface StreamDetail {
  readonly name: string
  readonly cluster?: { readonly leader?: string; readonly replicas?: readonly { readonly current?: boolean }[] }
}

interface Monitored {
  readonly meta_cluster?: { readonly leader?: string }
  readonly account_details?: readonly { readonly stream_detail?: readonly StreamDetail[] }[]
}

type Seen = StreamDetail & { readonly from: string }

class Cluster implements NatsCluster {
  readonly members: readonly ClusterMember[]
  readonly #places: readonly Place[]

  constructor(members: readonly ClusterMember[], places: readonly Place[]) {
    this.members = members
    this.#places = places
  }

  get url(): string {
    return this.members.map(({ url }) => url).join(',')
  }

  async elected(): Promise<void> {
    await until('a leader of the cluster', async () => {
      const seen = await Promise.all(this.#places.map((place) => monitored(place)))
      return seen.every((one) => one?.meta_cluster?.leader) || undefined
    })
  }

  leaderOf(stream: string): Promise<ClusterMember> {
    return until(`a leader of ${stream}`, async () => {
      const leader = leading(await this.#seen(stream))
      return this.members.find(({ name }) => name === leader?.from)
    })
  }

  async current(stream: string): Promise<void> {
    await until(`${stream} on every member`, async () => {
      const seen = await this.#seen(stream)
      const replicas = leading(seen)?.cluster?.replicas ?? []
      const everywhere = seen.length === this.members.length && replicas.length === this.members.length - 1
      const healthy = await Promise.all(this.#places.map((place) => isHealthy(place)))
      return (everywhere && replicas.every(({ current }) => current) && healthy.every(Boolean)) || undefined
    })
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** The stream as each member tells of it. */
  async #seen(stream: string): Promise<readonly Seen[]> {
    const byMember = await Promise.all(
      this.#places.map(async (place) => {
        const accounts = (await monitored(place))?.account_details ?? []
        const details = accounts.flatMap((account) => account.stream_detail ?? [])
        return details.filter(({ name }) => name === stream).map((detail) => ({ ...detail, from: place.name }))
      }),
    )
    return byMember.flat()
  }
}

/** As its leader tells of it, who alone knows how far the others are. */
function leading(seen: readonly Seen[]): Seen | undefined {
  return seen.find(({ from, cluster }) => cluster?.leader === from)
}

/** Undefined of a member that is killed or frozen. */
async function monitored({ monitorPort }: Place): Promise<Monitored | undefined> {
  const url = `http://127.0.0.1:${monitorPort}/jsz?streams=true&accounts=true`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(500) })
    return (await response.json()) as Monitored
  } catch {
    return undefined
  }
}

async function isHealthy({ monitorPort }: Place): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${monitorPort}/healthz`, { signal: AbortSignal.timeout(500) })).ok
  } catch {
    return false
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + READY_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`${what} is not there after ${READY_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
