/** What stands in Vault under a key: a value, or the trace of one that is gone. */
import { newId } from '@gateway/kernel'
import { lifetimeMs } from '../keys.ts'
import type { WriteOptions } from '../ports.ts'

/** As stored: JSON. Times are milliseconds since the epoch. */
export type VaultRecord =
  | {
      readonly state: 'value'
      /** base64 */
      readonly value: string
      /** Tells two values apart whose revisions are the same, since those start anew when a name was removed. */
      readonly id: string
      readonly expires_at: number | null
    }
  /** Taken or deleted; anybody may write over it. */
  | { readonly state: 'gone'; readonly at: number }
  /** Somebody is about to remove the name, which the server does without any check: nobody may write until {@link LEASE_MS} later. */
  | { readonly state: 'sweeping'; readonly at: number }

export type ValueRecord = Extract<VaultRecord, { state: 'value' }>

/** Far longer than a removal takes, and than clocks differ. */
export const LEASE_MS = 30_000

export function valueRecord(value: Uint8Array, options: WriteOptions | undefined, now: number): ValueRecord {
  const ttlMs = lifetimeMs(options)
  const base64 = Buffer.from(value).toString('base64')
  return { state: 'value', value: base64, id: newId(), expires_at: ttlMs === undefined ? null : now + ttlMs }
}

/** A new value with the lifetime of another. */
export function successorOf(record: ValueRecord, value: Uint8Array): ValueRecord {
  return { ...valueRecord(value, undefined, 0), expires_at: record.expires_at }
}

/** The value if there is a live one. */
export function liveValue(data: unknown, now: number): ValueRecord | undefined {
  const record = data as VaultRecord | undefined
  if (record?.state !== 'value') return undefined
  return record.expires_at === null || record.expires_at > now ? record : undefined
}

/** Since when nothing is there; undefined while something is. */
export function goneSince(data: unknown, now: number): number | undefined {
  const record = data as VaultRecord | undefined
  switch (record?.state) {
    case undefined:
      return 0
    case 'value':
      return record.expires_at !== null && record.expires_at <= now ? record.expires_at : undefined
    case 'gone':
    case 'sweeping':
      return record.at
  }
}

export function isHeld(data: unknown, now: number): boolean {
  const record = data as VaultRecord | undefined
  return record?.state === 'sweeping' && now < record.at + LEASE_MS
}
