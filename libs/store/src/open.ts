/** From the `storage` section of the configuration to a store, and to a counter. */
import { Misconfigured } from '@gateway/kernel'
import { memoryStore } from './memory/memory-store.ts'
import { namespaced } from './namespaced.ts'
import type { Counter, KeyValue } from './ports.ts'
import { REDIS_DEFAULTS, type RedisOptions } from './redis/options.ts'
import type { VaultOptions } from './vault/options.ts'

/** `storage` of the configuration, as far as opening depends on it. */
export interface StorageOptions {
  readonly type: string
  readonly redis?: RedisOptions | undefined
  readonly vault?: VaultOptions | undefined
}

export interface StoreListeners {
  /** What the store survives by itself for now, such as a login at Vault that fails while the last one still holds. */
  readonly onFailure?: ((error: Error) => void) | undefined
  /** It is survived: what failed last works again. */
  readonly onRecovered?: (() => void) | undefined
}

/** Before every key in a backend that others may use as well. Counts are no values of a store: they stand beside it. */
const NAMESPACE = 'mcp-gateway'
const COUNTERS = 'mcp-gateway-limits'

/**
 * The configured store and no other: one that is down is an outage, never a reason to keep things in memory. The driver is
 * loaded only when it is used.
 * @throws Misconfigured unknown type, or what no retry can mend: credentials that are missing or refused, a server that cannot be trusted
 */
export async function openStore(storage: StorageOptions, listeners: StoreListeners = {}): Promise<KeyValue> {
  switch (storage.type) {
    case 'memory':
      return memoryStore()
    case 'redis': {
      const { redisStore } = await import('./redis/redis-store.ts')
      return namespaced(await redisStore(storage.redis ?? REDIS_DEFAULTS), NAMESPACE)
    }
    case 'vault': {
      if (!storage.vault) throw new Misconfigured(['storage.vault: missing; storage.type is vault'])
      const { vaultStore } = await import('./vault/vault-store.ts')
      return vaultStore(storage.vault, listeners)
    }
    default:
      throw unknownType(storage.type)
  }
}

export interface OpenedCounter {
  readonly counter: Counter
  /** To be said once at start: what these limits do not do. */
  readonly notice?: string
}

/**
 * Counts where the storage is, over all replicas; Vault is no place to count, so there and in memory each replica counts alone.
 * @throws Misconfigured as {@link openStore} does
 */
export async function openCounter(storage: StorageOptions): Promise<OpenedCounter> {
  switch (storage.type) {
    case 'memory':
      return { counter: await inMemory() }
    case 'redis': {
      const { redisCounter } = await import('./redis/redis-counter.ts')
      return { counter: await redisCounter(storage.redis ?? REDIS_DEFAULTS, COUNTERS) }
    }
    case 'vault':
      return {
        counter: await inMemory(),
        notice:
          'storage.type is vault, which cannot count: limits hold in each replica alone, so that n replicas let n times as much pass',
      }
    default:
      throw unknownType(storage.type)
  }
}

async function inMemory(): Promise<Counter> {
  const { memoryCounter } = await import('./memory/memory-counter.ts')
  return memoryCounter()
}

function unknownType(type: string): Misconfigured {
  return new Misconfigured([`storage.type: "${type}" is no storage backend; known: memory, redis, vault`])
}
