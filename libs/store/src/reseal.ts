/**
 * Seals anew what is sealed with a key that is not the active one, so that the old key can be taken out of the configuration:
 * not before every replica has the new configuration, since one with the old one goes on sealing with the old key.
 */
import { type Keyring, sealedKeyId } from '@gateway/kernel'
import { purposeOf, UnreadableValue } from './encrypted.ts'
import type { KeyValue } from './ports.ts'

export interface ResealReport {
  /** Sealed anew. */
  readonly resealed: number
  /** Sealed with the active key already; one that a listing names twice counts twice. */
  readonly current: number
  /** Values that nothing can be done about; they stay as they are. An old key that none of them names may go. */
  readonly unreadable: readonly UnreadableValue[]
}

export interface ResealOptions {
  /** Keys looked at in one go. */
  readonly pageSize?: number | undefined
  /** After each page: what there is to tell so far. */
  readonly onPage?: ((sofar: ResealReport) => void) | undefined
}

const PAGE_SIZE = 100

/**
 * `store` is the shared one, as `openStore` gives it: every key is `<namespace>:<key>`, sealed under the namespace's name.
 * Values keep their lifetimes. What is written meanwhile is left alone, since each value is replaced by compare-and-set. Doing
 * it again, or at several places at once, does no harm.
 * @throws Unavailable the store is down; what was done is done
 */
export async function reseal(
  store: KeyValue,
  keyring: Keyring,
  { pageSize = PAGE_SIZE, onPage }: ResealOptions = {},
): Promise<ResealReport> {
  const unreadable = new Map<string, UnreadableValue>()
  const seen = { resealed: 0, current: 0 }
  const report = (): ResealReport => ({ ...seen, unreadable: [...unreadable.values()] })
  let cursor: string | undefined
  do {
    const page = await store.list('', { cursor, limit: pageSize })
    for (const key of page.keys) {
      const outcome = await resealOne(store, keyring, key)
      if (outcome instanceof UnreadableValue) unreadable.set(key, outcome)
      else if (outcome !== 'gone') seen[outcome] += 1
    }
    cursor = page.next
    onPage?.(report())
  } while (cursor !== undefined)
  return report()
}

async function resealOne(
  store: KeyValue,
  keyring: Keyring,
  key: string,
): Promise<'resealed' | 'current' | 'gone' | UnreadableValue> {
  const border = key.indexOf(':')
  const purpose = purposeOf(key.slice(0, Math.max(border, 0)))
  const context = key.slice(border + 1)
  // Losing means that somebody else wrote it: sooner or later with the active key.
  for (;;) {
    const entry = await store.get(key)
    if (!entry) return 'gone'
    const plain = keyring.open(purpose, entry.value, context)
    if (!plain) return UnreadableValue.of(key, entry.value, keyring)
    if (sealedKeyId(entry.value) === keyring.activeId) return 'current'
    const sealed = keyring.seal(purpose, plain, context)
    if (await store.compareAndSet(key, entry.version, sealed, { keepTtl: true })) return 'resealed'
  }
}
