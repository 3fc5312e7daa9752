/** OpenBao's development server: Vault's API, KV v2 mounted at `secret/`, unsealed, everything in memory. */
import { randomBytes } from 'node:crypto'
import { externalServer } from './external.ts'
import { locate } from './locate.ts'
import { recipes } from './recipes.ts'
import { startServer, type TestServer } from './server.ts'

/** A restart keeps port and root token, but no data. */
export interface VaultServer extends TestServer {
  /** `http://…` */
  readonly address: string
  /** The root token. */
  readonly token: string
}

/** With `TEST_VAULT_ADDR`, the token comes from `TEST_VAULT_TOKEN`. @throws MissingServer */
export async function startVaultServer(): Promise<VaultServer> {
  const found = await locate(recipes.vault)
  if (found.kind === 'address') {
    const server = externalServer(found.address, found.from, 8200)
    return Object.assign(server, { address: found.address, token: process.env.TEST_VAULT_TOKEN ?? 'root' })
  }
  const token = randomBytes(16).toString('hex')
  const server = await startServer(found, {
    name: 'vault',
    args: ({ bind, port }) => [
      'server',
      '-dev',
      '-dev-no-store-token',
      '-log-level=error',
      `-dev-root-token-id=${token}`,
      `-dev-listen-address=${bind}:${port}`,
    ],
    ready: async (port) => {
      const health = await fetch(`http://127.0.0.1:${port}/v1/sys/health`)
      const mounted = await fetch(`http://127.0.0.1:${port}/v1/secret/config`, { headers: { 'X-Vault-Token': token } })
      return health.ok && mounted.ok
    },
  })
  return Object.assign(server, { address: `http://${server.host}:${server.port}`, token })
}
