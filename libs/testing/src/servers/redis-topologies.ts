/**
 * Redis as several processes: a master with a replica that sentinels watch, and a cluster. Processes only: in containers the
 * nodes would name each other by addresses that a test cannot reach.
 */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { locate, MissingServer } from './locate.ts'
import { freePort } from './ports.ts'
import { answers } from './probe.ts'
import { recipes } from './recipes.ts'
import { type RedisServer, startRedisServer } from './redis.ts'
import { type Startable, startServer, type TestServer } from './server.ts'

export interface RedisSentinels extends AsyncDisposable {
  /** What the sentinel calls the master. */
  readonly name: string
  readonly sentinel: TestServer
  readonly master: RedisServer
  readonly replica: RedisServer
  stop(): Promise<void>
}

export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[]
  stop(): Promise<void>
}

const DOWN_AFTER_MS = 500
const SLOTS = 16_384
const READY_TIMEOUT_MS = 20_000

/** One sentinel, which alone decides that the master is down, half a second after it fell silent. @throws MissingServer */
export async function startRedisSentinels(options: { readonly password?: string } = {}): Promise<RedisSentinels> {
  const binary = await redisProcess()
  const { password } = options
  const login = password === undefined ? [] : ['--masterauth', password]
  // Else the first replica waits five seconds for others.
  const master = await startRedisServer({ password, args: [...login, '--repl-diskless-sync-delay', '0'] })
  const args = [...login, '--replicaof', master.host, String(master.port)]
  const replica = await startRedisServer({ password, args })
  const name = 'main'
  const config = [
    `sentinel monitor ${name} ${master.host} ${master.port} 1`,
    `sentinel down-after-milliseconds ${name} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${name} 3000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
  ]
  const sentinel = await startServer(binary, {
    name: 'sentinel',
    prepare: ({ folder, port, bind }) =>
      writeFile(join(folder, 'sentinel.conf'), [`port ${port}`, `bind ${bind}`, ...config, ''].join('\n')),
    args: ({ folder }) => [join(folder, 'sentinel.conf'), '--sentinel'],
    ready: (port) => answers(port, 'PING\r\n', '+PONG'),
  })
  await until(async () => (await say(sentinel, `SENTINEL replicas ${name}`)).includes(String(replica.port)))
  await until(async () => (await say(replica, 'INFO replication', password)).includes('master_link_status:up'))
  const stop = async () => {
    for (const server of [sentinel, replica, master]) await server.stop()
  }
  return { name, sentinel, master, replica, stop, [Symbol.asyncDispose]: stop }
}

/** Three masters, which share the slots. @throws MissingServer */
export async function startRedisCluster(): Promise<RedisCluster> {
  await redisProcess()
  const nodes: RedisServer[] = []
  const stop = async () => {
    for (const node of nodes) await node.stop()
  }
  const buses: number[] = []
  for (let index = 0; index < 3; index++) {
    const bus = await freePort()
    buses.push(bus)
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-port', String(bus)]
    nodes.push(await startRedisServer({ args: cluster }))
  }
  const share = Math.ceil(SLOTS / nodes.length)
  for (const [index, node] of nodes.entries()) {
    const slots = `${index * share} ${Math.min((index + 1) * share, SLOTS) - 1}`
    await say(node, `CLUSTER ADDSLOTSRANGE ${slots}`)
    if (index > 0) await say(node, `CLUSTER MEET ${nodes[0]?.host} ${nodes[0]?.port} ${buses[0]}`)
  }
  for (const node of nodes) {
    await until(async () => {
      const info = await say(node, 'CLUSTER INFO')
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`)
    })
  }
  return { nodes, stop, [Symbol.asyncDispose]: stop }
}

/** @throws MissingServer where redis-server is not a process of this machine's own */
async function redisProcess(): Promise<Startable> {
  const found = await locate(recipes.redis)
  if (found.kind === 'binary') return found
  throw new MissingServer(`no redis-server to start several of: what there is, is ${found.from}`)
}

/** Sends one command and returns the first piece of the answer. */
async function say(server: TestServer, command: string, password?: string): Promise<string> {
  const socket = connect(server.port, server.host)
  socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
  try {
    await once(socket, 'connect')
    if (password !== undefined) {
      socket.write(`AUTH ${password}\r\n`)
      await once(socket, 'data')
    }
    socket.write(`${command}\r\n`)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return chunk.toString()
  } finally {
    socket.destroy()
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('the servers do not find one another')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
