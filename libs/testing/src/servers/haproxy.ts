/** An HAProxy with a configuration of the test's own. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { externalServer } from './external.ts'
import { locate } from './locate.ts'
import { answers } from './probe.ts'
import { recipes } from './recipes.ts'
import { startServer, type TestServer } from './server.ts'

export interface HaproxyServer extends TestServer {
  /** `http://…`, where the configuration's front end listens. */
  readonly url: string
}

/**
 * `config` is a whole haproxy.cfg in which `${BIND}` stands for the address and port to listen on: `bind ${BIND}`
 * (HAProxy substitutes variables inside double quotes or plain words). One foreground process. @throws MissingServer
 */
export async function startHaproxy(config: string): Promise<HaproxyServer> {
  const found = await locate(recipes.haproxy)
  if (found.kind === 'address') {
    return Object.assign(externalServer(found.address, found.from, 80), { url: found.address })
  }
  const server = await startServer(found, {
    name: 'haproxy',
    prepare: ({ bind, port, folder }) =>
      writeFile(join(folder, 'haproxy.cfg'), config.replaceAll('${BIND}', `${bind}:${port}`)),
    args: ({ folder }) => ['-db', '-f', join(folder, 'haproxy.cfg')],
    ready: (port) => answers(port, '', ''),
  })
  return Object.assign(server, { url: `http://${server.host}:${server.port}` })
}
