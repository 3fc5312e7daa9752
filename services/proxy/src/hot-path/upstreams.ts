/** One pool of kept-alive HTTP/1.1 connections per service, so that a slow backend takes none of another's. */
import { type Dispatcher, Pool } from 'undici'
import type { ServedService } from '../domain/served-service.ts'

export interface Upstreams {
  of(served: ServedService): Dispatcher
  close(): Promise<void>
}

/** Shorter than the 5 s after which Node servers close an idle connection, so that none is used in the moment it dies. */
const IDLE_MS = 4_000

export function createUpstreams(): Upstreams {
  const pools = new Map<string, { served: ServedService; readonly pool: Pool }>()

  function open(served: ServedService): Pool {
    return new Pool(served.backend.origin, {
      connectTimeout: served.service.timeout,
      keepAliveTimeout: IDLE_MS,
      // A stream that has begun may be silent for as long as it likes.
      bodyTimeout: 0,
      allowH2: false,
    })
  }

  return {
    of(served) {
      const known = pools.get(served.service.id)
      if (known?.served === served) return known.pool
      if (known && sameConnection(known.served, served)) {
        known.served = served
        return known.pool
      }
      const pool = open(served)
      pools.set(served.service.id, { served, pool })
      // What is under way on the old one finishes there.
      void known?.pool.close()
      return pool
    },
    async close() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()))
      pools.clear()
    },
  }
}

function sameConnection(a: ServedService, b: ServedService): boolean {
  return a.backend.origin === b.backend.origin && a.service.timeout === b.service.timeout
}
