/** OpenBao's development server: Vault's API, KV v2 mounted at `secret/`, unsealed, everything in memory. */
import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { externalServer } from './external.ts'
import { locate } from './locate.ts'
import { recipes } from './recipes.ts'
import { startServer, type TestServer } from './server.ts'

/** A restart keeps port and root token, but no data. */
export interface VaultServer extends TestServer {
  /** `http://…`, with TLS `https://…` */
  readonly address: string
  /** The root token. */
  readonly token: string
  /** With TLS: the PEM file of the authority that signed the server's certificate; a restart makes another. */
  readonly authority: string | undefined
  /** Asks as root, whatever the certificate: `ask('POST', 'sys/auth/approle', { type: 'approle' })`. @throws on a refusal */
  ask(method: string, path: string, body?: unknown, options?: { readonly namespace?: string }): Promise<VaultAnswer>
}

export interface VaultAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly auth?: { readonly client_token: string; readonly lease_duration: number } | null
}

export interface VaultLaunch {
  readonly tls?: boolean | undefined
}

/** With `TEST_VAULT_ADDR`, the token comes from `TEST_VAULT_TOKEN`. @throws MissingServer */
export async function startVaultServer({ tls = false }: VaultLaunch = {}): Promise<VaultServer> {
  const found = await locate(recipes.vault)
  if (found.kind === 'address') {
    const server = externalServer(found.address, found.from, 8200)
    const token = process.env.TEST_VAULT_TOKEN ?? 'root'
    return Object.assign(server, {
      address: found.address,
      token,
      authority: undefined,
      ask: asker(found.address, token),
    })
  }
  const token = randomBytes(16).toString('hex')
  let authority: string | undefined
  const addressAt = (host: string, port: number) => `${tls ? 'https' : 'http'}://${host}:${port}`
  const server = await startServer(found, {
    name: 'vault',
    args: ({ bind, port, folder }) => {
      if (tls) authority = join(folder, 'vault-ca.pem')
      return [
        'server',
        ...(tls ? ['-dev-tls', `-dev-tls-cert-dir=${folder}`] : ['-dev']),
        '-dev-no-store-token',
        '-log-level=error',
        `-dev-root-token-id=${token}`,
        `-dev-listen-address=${bind}:${port}`,
      ]
    },
    ready: async (port) => {
      const ask = asker(addressAt('127.0.0.1', port), token)
      await ask('GET', 'sys/health')
      await ask('GET', 'secret/config')
      return true
    },
  })
  const address = addressAt(server.host, server.port)
  return Object.assign(server, { address, token, authority, ask: asker(address, token) })
}

function asker(address: string, token: string): VaultServer['ask'] {
  return (method, path, body, { namespace } = {}) =>
    new Promise((resolve, reject) => {
      const headers = { 'X-Vault-Token': token, ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }) }
      const send = address.startsWith('https:') ? httpsRequest : httpRequest
      const sent = send(
        `${address}/v1/${path}`,
        { method, headers, rejectUnauthorized: false, timeout: 5_000 },
        (answer) => {
          const { statusCode = 0 } = answer
          if (statusCode === 204) {
            answer.resume()
            resolve({})
            return
          }
          json(answer).then((content) => {
            if (statusCode < 300) resolve(content as VaultAnswer)
            else reject(new Error(`${method} ${path}: ${statusCode} ${JSON.stringify(content)}`))
          }, reject)
        },
      )
      sent.on('timeout', () => sent.destroy(new Error('no answer')))
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
}
