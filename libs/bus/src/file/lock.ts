/** A file that one process at a time holds, until it ends in whatever way: the kernel's own lock, which Node reaches through SQLite. */
import { DatabaseSync } from 'node:sqlite'

export interface Lock {
  release(): void
}

/** Undefined when another process holds it. A killed process leaves nothing behind that must be cleared away. */
export function acquireLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
  return { release: () => database.close() }
}

const SQLITE_BUSY = 5
