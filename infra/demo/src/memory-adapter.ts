/** What `oidc-provider` keeps (sessions, interactions, codes, grants), in memory with its lifetimes; gone when the process is. */
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

/** A demo that runs for weeks must not grow without end. */
const ENTRIES_MAX = 10_000

interface Entry {
  readonly payload: AdapterPayload
  readonly expiresAt: number
}

/** One store for all models of one provider. */
export function memoryAdapter(): AdapterFactory {
  const entries = new Map<string, Entry>()

  const live = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key)
    if (entry && entry.expiresAt <= Date.now()) entries.delete(key)
    return entry && entry.expiresAt > Date.now() ? entry.payload : undefined
  }

  const findWhere = (prefix: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
    for (const key of entries.keys()) {
      const payload = key.startsWith(prefix) ? live(key) : undefined
      if (payload && matches(payload)) return payload
    }
    return undefined
  }

  const makeRoom = (): void => {
    for (const [key, entry] of entries) if (entry.expiresAt <= Date.now()) entries.delete(key)
    for (const key of entries.keys()) {
      if (entries.size < ENTRIES_MAX) return
      entries.delete(key)
    }
  }

  return (model): Adapter => ({
    async upsert(id, payload, expiresIn) {
      if (entries.size >= ENTRIES_MAX) makeRoom()
      const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000
      entries.set(`${model}:${id}`, { payload: structuredClone(payload), expiresAt })
    },
    async find(id) {
      return live(`${model}:${id}`)
    },
    async findByUid(uid) {
      return findWhere(`${model}:`, (payload) => payload.uid === uid)
    },
    async findByUserCode(userCode) {
      return findWhere(`${model}:`, (payload) => payload.userCode === userCode)
    },
    async consume(id) {
      const payload = live(`${model}:${id}`)
      if (payload) payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      entries.delete(`${model}:${id}`)
    },
    async revokeByGrantId(grantId) {
      for (const [key, entry] of entries) if (entry.payload.grantId === grantId) entries.delete(key)
    },
  })
}
