/** From the `storage` section of the configuration to a store. */
import { Misconfigured, type Secret } from '@gateway/kernel'
import { memoryStore } from './memory/memory-store.ts'
import { namespaced } from './namespaced.ts'
import type { KeyValue } from './ports.ts'
import type { RedisOptions } from './redis/redis-store.ts'
import type { VaultOptions } from './vault/kv.ts'

/** `storage` of the configuration, as far as opening depends on it. */
export interface StorageOptions {
  readonly type: string
  readonly redis?: RedisOptions | undefined
  readonly vault?: VaultSection | undefined
}

type VaultSection = Omit<VaultOptions, 'token'> & { readonly auth_method: string; readonly token?: Secret | undefined }

/** Before every key in a backend that others may use as well. */
const NAMESPACE = 'mcp-gateway'

const REDIS_DEFAULTS: RedisOptions = { host: 'localhost', port: 6379, db: 0, ssl: false }

/**
 * The configured store and no other: one that is down is an outage, never a reason to keep things in memory. The driver is
 * loaded only when it is used.
 * @throws Misconfigured unknown type, or missing or refused credentials
 */
export async function openStore(storage: StorageOptions): Promise<KeyValue> {
  switch (storage.type) {
    case 'memory':
      return memoryStore()
    case 'redis': {
      const { redisStore } = await import('./redis/redis-store.ts')
      return namespaced(await redisStore(storage.redis ?? REDIS_DEFAULTS), NAMESPACE)
    }
    case 'vault': {
      const { vaultStore } = await import('./vault/vault-store.ts')
      return vaultStore(vaultOptions(storage.vault))
    }
    default:
      throw new Misconfigured([`storage.type: "${storage.type}" is no storage backend; known: memory, redis, vault`])
  }
}

/** Keys are kept below `path_prefix`, so they need no namespace. */
function vaultOptions(vault: VaultSection | undefined): VaultOptions {
  if (!vault) throw new Misconfigured(['storage.vault: missing; storage.type is vault'])
  const { auth_method: method, token } = vault
  if (method !== 'token')
    throw new Misconfigured([`storage.vault.auth_method: "${method}" is not supported; use token`])
  if (!token) throw new Misconfigured(['storage.vault.token: missing'])
  return { ...vault, token }
}
