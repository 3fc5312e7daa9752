/** A redis-server that keeps what it acknowledged (append-only file), so that a restart loses nothing. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Certificates } from './certificates.ts'
import { externalServer } from './external.ts'
import { locate } from './locate.ts'
import { answers } from './probe.ts'
import { recipes } from './recipes.ts'
import { startServer, type TestServer } from './server.ts'

export interface RedisServer extends TestServer {
  /** `redis://…`, with the password if there is one. */
  readonly url: string
  readonly password: string | undefined
}

export interface RedisOptions {
  readonly password?: string | undefined
  /** It then speaks nothing but TLS. */
  readonly tls?: Certificates | undefined
  /** Further arguments of redis-server: `['--maxclients', '5']`. */
  readonly args?: readonly string[] | undefined
}

/** @throws MissingServer */
export async function startRedisServer(options: RedisOptions = {}): Promise<RedisServer> {
  const found = await locate(recipes.redis)
  if (found.kind === 'address') {
    const password = decodeURIComponent(new URL(found.address).password) || undefined
    return Object.assign(externalServer(found.address, found.from, 6379), { url: found.address, password })
  }
  const { password, tls } = options
  const server = await startServer(found, {
    name: 'redis',
    args: ({ bind, port, folder }) => {
      const place = ['--bind', bind, ...ports(port, tls), '--dir', folder]
      const access = password === undefined ? ['--protected-mode', 'no'] : ['--requirepass', password]
      // Written at once and left to the kernel: with `everysec` a write waits for a slow sync, and a kill loses it.
      const kept = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no']
      return [...place, ...kept, ...access, ...(options.args ?? [])]
    },
    ready: (port) =>
      tls ? answers(port, '', '') : answers(port, 'PING\r\n', password === undefined ? '+PONG' : '-NOAUTH'),
  })
  const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  const scheme = tls ? 'rediss' : 'redis'
  return Object.assign(server, { url: `${scheme}://${user}${server.host}:${server.port}`, password })
}

function ports(port: number, tls: Certificates | undefined): string[] {
  if (!tls) return ['--port', String(port)]
  const files = ['--tls-ca-cert-file', tls.authority, '--tls-cert-file', tls.certificate, '--tls-key-file', tls.key]
  return ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...files]
}

/** What an operator, or a machine without its disk, does to it: everything is gone. */
export async function wipeRedis({ host, port }: Pick<RedisServer, 'host' | 'port'>): Promise<void> {
  const socket = connect(port, host)
  socket.write('FLUSHALL\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  if (!answer.toString().startsWith('+OK')) throw new Error(`FLUSHALL: ${answer.toString()}`)
}
