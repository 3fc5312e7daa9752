/** The edge of `infra/`, word for word, with addresses instead of Docker's DNS. */
import { readFileSync } from 'node:fs'
import { ROOT } from './processes.ts'

/** Ports on 127.0.0.1 of the replicas behind it. */
export interface EdgePorts {
  readonly proxy: readonly number[]
  readonly 'auth-server': readonly number[]
}

/** @throws when the file in `infra/` no longer has what is replaced here */
export function edgeText(ports: EdgePorts): string {
  let text = readFileSync(`${ROOT}infra/edge/haproxy.cfg`, 'utf8')
  const replace = (what: RegExp, by: string) => {
    if (!what.test(text)) throw new Error(`infra/edge/haproxy.cfg has no ${what}`)
    text = text.replace(what, () => by)
  }
  replace(/^\.if defined\(TLS_CERT_FILE\)[^]*?\.endif$/m, '  bind ${BIND}')
  replace(/^resolvers docker\n(?: .*\n)*/m, '')
  for (const service of ['proxy', 'auth-server'] as const) {
    const servers = ports[service].map((port, index) => `  server ${service}-${index + 1} 127.0.0.1:${port}`)
    replace(new RegExp(`^ *server-template ${service} .*$`, 'm'), servers.join('\n'))
  }
  return text
}
