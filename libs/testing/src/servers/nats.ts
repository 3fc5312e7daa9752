/** A nats-server with JetStream. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { externalServer } from './external.ts'
import { locate } from './locate.ts'
import { answers } from './probe.ts'
import { recipes } from './recipes.ts'
import { startServer, type TestServer } from './server.ts'

export interface NatsServer extends TestServer {
  /** `nats://…` */
  readonly url: string
}

export interface NatsOptions {
  /** `2.9`: Debian's 2.9.10, the oldest that is supported. Default: 2.15 or newer. */
  readonly version?: '2.15' | '2.9' | undefined
  /** Text of a configuration file (permissions, limits); port, address and JetStream's folder are given beside it. */
  readonly config?: string | undefined
}

/** Empty, with JetStream on file storage. @throws MissingServer */
export async function startNatsServer(options: NatsOptions = {}): Promise<NatsServer> {
  const found = await locate(options.version === '2.9' ? recipes.nats29 : recipes.nats)
  if (found.kind === 'address') {
    return Object.assign(externalServer(found.address, found.from, 4222), { url: found.address })
  }
  const server = await startServer(found, {
    name: 'nats',
    prepare: ({ folder }) => writeFile(join(folder, 'nats.conf'), options.config ?? ''),
    args: ({ bind, port, folder }) => {
      const place = ['--addr', bind, '--port', String(port), '--jetstream', '--store_dir', join(folder, 'jetstream')]
      return options.config === undefined ? place : [...place, '--config', join(folder, 'nats.conf')]
    },
    ready: (port) => answers(port, '', 'INFO '),
  })
  return Object.assign(server, { url: `nats://${server.host}:${server.port}` })
}
