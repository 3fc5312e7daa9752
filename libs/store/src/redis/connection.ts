/**
 * One connection to Redis (to each node, in a cluster) that carries everything: commands are pipelined on it, and a pool would
 * add nothing but places to wait.
 */
import { Misconfigured, Unavailable } from '@gateway/kernel'
import { Cluster, Redis } from 'ioredis'
import { CERTIFICATE_ADVICE } from '../certificate.ts'
import { driverPlan, type RedisOptions, timeoutsOf } from './options.ts'
import { reasonOf } from './reason.ts'

const HEALTH_CHECK_SECONDS = 30

/** Refusals that waiting does not mend. */
const MISCONFIGURATIONS: Readonly<Record<string, string>> = {
  WRONGPASS: 'storage.redis: the server refuses this user name and password',
  NOAUTH: 'storage.redis.password: missing; the server asks for one',
  'no such database': 'storage.redis.db: the server has no database of this number',
  'untrusted certificate': `storage.redis: ${CERTIFICATE_ADVICE['untrusted certificate']}`,
  'certificate of another host': `storage.redis: ${CERTIFICATE_ADVICE['certificate of another host']}`,
}

/**
 * Resolves when the first attempt to connect has ended, either way: a server that is down is an outage, which every command
 * reports and which mends itself.
 * @throws Misconfigured when the server refuses the credentials, has no such database, or cannot be trusted
 */
export async function connect(options: RedisOptions): Promise<Connection> {
  const connection = new Connection(options)
  const problem = await connection.firstAttempt()
  const misconfiguration = problem === undefined ? undefined : MISCONFIGURATIONS[problem]
  if (misconfiguration === undefined) return connection
  await connection.close()
  throw new Misconfigured([misconfiguration])
}

export class Connection {
  readonly redis: Redis | Cluster
  readonly #patienceMs: number
  readonly #healthCheck: NodeJS.Timeout | undefined
  /** Why the connection was lost or refused last; never a command or a value. */
  #lastProblem: string | undefined

  constructor(options: RedisOptions) {
    const plan = driverPlan(options)
    this.redis = plan.kind === 'single' ? new Redis(plan.options) : new Cluster([...plan.nodes], plan.options)
    this.redis.on('error', (error: unknown) => {
      this.#lastProblem = reasonOf(error)
    })
    this.redis.on('ready', () => {
      this.#lastProblem = undefined
    })
    const { commandMs, connectMs } = timeoutsOf(options)
    this.#patienceMs = commandMs + connectMs
    const everySeconds = options.health_check_interval ?? HEALTH_CHECK_SECONDS
    if (everySeconds > 0) this.#healthCheck = setInterval(() => this.#checkHealth(), everySeconds * 1_000).unref()
  }

  /** The nodes that hold keys: one, but in a cluster. @throws when a cluster lacks one, whose keys would seem to be missing */
  async masters(): Promise<readonly Redis[]> {
    if (!(this.redis instanceof Cluster)) return [this.redis]
    const ranges = await this.redis.cluster('SLOTS')
    const nodes = this.redis.nodes('master')
    if (!holdAllSlots(nodes, ranges)) throw new Error('CLUSTERDOWN a node is away')
    return nodes
  }

  /** Undefined when connected, else the reason why not. */
  firstAttempt(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('timeout'), this.#patienceMs)
      const settle = () => {
        clearTimeout(timer)
        resolve(this.#lastProblem)
      }
      this.redis.once('ready', settle)
      this.redis.once('error', settle)
    })
  }

  /** Sends nothing where there is nobody to send it to: a cluster without any node would keep it until there is one. @throws Unavailable */
  async send<Answer>(command: () => Promise<Answer>): Promise<Answer> {
    if (this.redis instanceof Cluster && this.redis.status !== 'ready') {
      throw this.unavailable(new Error("Cluster isn't ready"))
    }
    return this.ask(command())
  }

  /** @throws Unavailable whatever went wrong; its cause says which, without the driver's error, which holds the command. */
  async ask<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await (this.redis instanceof Cluster ? this.#inTime(answer) : answer)
    } catch (error) {
      throw this.unavailable(error)
    }
  }

  /** A cluster gives a command its time-out only once it has a node for it. */
  #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('Command timed out')), this.#patienceMs)
    return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer))
  }

  /** @throws Unavailable unless each node that holds keys answers */
  async ping(): Promise<void> {
    await this.send(async () => Promise.all((await this.masters()).map((node) => node.ping())))
  }

  unavailable(error: unknown): Unavailable {
    const reason = reasonOf(error)
    const before = reason === 'not connected' && this.#lastProblem !== undefined ? ` (${this.#lastProblem})` : ''
    return new Unavailable('store', { cause: new Error(`redis: ${reason}${before}`) })
  }

  /** Lets what is under way finish, as far as the server answers. */
  async close(): Promise<void> {
    clearInterval(this.#healthCheck)
    await this.redis.quit().catch(() => undefined)
    this.redis.disconnect()
  }

  /** An idle connection that broke without a word is found before it is needed: what is not answered closes it. */
  #checkHealth(): void {
    if (this.redis.status !== 'ready') return
    const nodes = this.redis instanceof Cluster ? this.redis.nodes() : [this.redis]
    for (const node of nodes) node.ping().catch(() => undefined)
  }
}

/** Of `CLUSTER SLOTS`: the first and the last of neighbouring slots, and the nodes that have them, the master first. */
type SlotRange = readonly [first: number, last: number, ...nodes: SlotNode[]]
type SlotNode = readonly [host: string, port: number, ...rest: unknown[]]

const SLOTS = 16_384

function holdAllSlots(nodes: readonly Redis[], ranges: readonly SlotRange[]): boolean {
  const known = new Set(nodes.map(({ options: { host, port } }) => `${host}:${port}`))
  const ports = new Set(nodes.map(({ options: { port } }) => port))
  // Without a host: the one that the answer came from.
  const isThere = ([host, port]: SlotNode) => (host ? known.has(`${host}:${port}`) : ports.has(port))
  const held = ranges.filter(([, , master]) => master !== undefined && isThere(master))
  return held.reduce((sum, [first, last]) => sum + last - first + 1, 0) === SLOTS
}
