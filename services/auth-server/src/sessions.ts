/**
 * Browser sessions in the store, sealed (RFC 6265 §8.4: an id that nobody guesses, new at each sign-in). The cookie is `<user's key>.<random id>`; the store's key holds the user's key, so
 * that one user's sessions can be listed, and the id hashed, so that whoever reads keys cannot sign in.
 */
import { type Clock, keyOf, newId } from '@gateway/kernel'
import type { KeyValue } from '@gateway/store'
import { remainingMs, type Session, type SessionLife, sessionSchema } from './domain/session.ts'

export interface FoundSession extends Session {
  /** Names it without letting anybody in. */
  readonly key: string
}

export interface Sessions {
  /** @returns the cookie's value */
  begin(user: Pick<Session, 'sub' | 'auth_time' | 'browser'>): Promise<string>
  /** The session of a cookie, used now. Undefined when there is none, or none any more. */
  find(cookie: string): Promise<FoundSession | undefined>
  /** Those of a user, the one used last first. */
  of(sub: string): Promise<readonly FoundSession[]>
  /** Ends one of this user; another's is left alone. False when there is none. */
  end(sub: string, key: string): Promise<boolean>
}

const COOKIE = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/
/** A session is written at most once a minute, however often it is used. */
const TOUCH_MS = 60_000
/** Shown of one user; nobody has more browsers, and whoever has may end them all. */
const LISTED_MAX = 200

const prefixOf = (userKey: string) => `session.${userKey}.`

export function createSessions(store: KeyValue, clock: Clock, life: SessionLife): Sessions {
  async function read(key: string) {
    const entry = await store.get(key)
    const session = entry && sessionSchema.safeParse(JSON.parse(Buffer.from(entry.value).toString())).data
    if (!session || remainingMs(session, life, clock()) === 0) return undefined
    return { session, version: entry.version }
  }

  return {
    async begin(user) {
      const now = clock()
      const session: Session = { ...user, started_at: now, used_at: now }
      const [userKey, id] = [keyOf(user.sub), newId()]
      const ttlMs = remainingMs(session, life, now)
      await store.put(`${prefixOf(userKey)}${keyOf(id)}`, bytesOf(session), { ttlMs })
      return `${userKey}.${id}`
    },

    async find(cookie) {
      const [, userKey, id] = COOKIE.exec(cookie) ?? []
      if (userKey === undefined || id === undefined) return undefined
      const key = `${prefixOf(userKey)}${keyOf(id)}`
      const found = await read(key)
      if (!found) return undefined
      const now = clock()
      if (now - found.session.used_at >= TOUCH_MS) {
        const used = { ...found.session, used_at: now }
        // One that was ended meanwhile stays ended: nothing is written where nothing is.
        await store.compareAndSet(key, found.version, bytesOf(used), { ttlMs: remainingMs(used, life, now) })
      }
      return { ...found.session, used_at: now, key: keyOf(id) }
    },

    async of(sub) {
      const prefix = prefixOf(keyOf(sub))
      const keys = await listed(store, prefix)
      const found = await Promise.all(
        keys.map(async (key) => {
          const session = (await read(key))?.session
          return session && { ...session, key: key.slice(prefix.length) }
        }),
      )
      return found.filter((session) => session !== undefined).toSorted((a, b) => b.used_at - a.used_at)
    },

    async end(sub, key) {
      return (await store.take(`${prefixOf(keyOf(sub))}${keyOnly(key)}`)) !== undefined
    },
  }
}

const bytesOf = (session: Session) => Buffer.from(JSON.stringify(session))

/** What came from a form is no key until it looks like one. */
function keyOnly(key: string): string {
  return /^[A-Za-z0-9_-]{43}$/.test(key) ? key : keyOf(key)
}

async function listed(store: KeyValue, prefix: string): Promise<readonly string[]> {
  const keys = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await store.list(prefix, { cursor })
    for (const key of page.keys) keys.add(key)
    cursor = page.next
  } while (cursor !== undefined && keys.size < LISTED_MAX)
  return [...keys].slice(0, LISTED_MAX)
}
