/** From the `storage` section of the configuration to a store. */
import { Misconfigured } from '@gateway/kernel'
import { memoryStore } from './memory/memory-store.ts'
import { namespaced } from './namespaced.ts'
import type { KeyValue } from './ports.ts'
import type { RedisOptions } from './redis/redis-store.ts'

export interface StorageOptions {
  readonly type: string
  readonly redis?: RedisOptions | undefined
}

/** Before every key in a backend that others may use as well. */
const NAMESPACE = 'mcp-gateway'

const REDIS_DEFAULTS: RedisOptions = { host: 'localhost', port: 6379, db: 0, ssl: false }

/**
 * The configured store and no other: one that is down is an outage, never a reason to keep things in memory. The driver is
 * loaded only when it is used.
 * @throws Misconfigured unknown type, or refused credentials
 */
export async function openStore(storage: StorageOptions): Promise<KeyValue> {
  switch (storage.type) {
    case 'memory':
      return memoryStore()
    case 'redis': {
      const { redisStore } = await import('./redis/redis-store.ts')
      return namespaced(await redisStore(storage.redis ?? REDIS_DEFAULTS), NAMESPACE)
    }
    default:
      throw new Misconfigured([`storage.type: "${storage.type}" is no storage backend; known: memory, redis`])
  }
}
