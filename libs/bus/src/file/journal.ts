/**
 * A journal in one file, for a process that has neither NATS nor Redis. A line is a batch, synchronised to the disk before it
 * counts, so that an acknowledged fact survives a power cut. A line that a crash tore was never acknowledged: it is cut off.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Misconfigured, Unavailable } from '@gateway/kernel'
import type { Journal, JournalBatch } from '../ports.ts'
import { readLines, type TornTail } from './lines.ts'
import { acquireLock, type Lock } from './lock.ts'

export interface FileJournalOptions {
  /** Its folder is made if it is not there; `<path>.lock` stands beside it. */
  readonly path: string
  /** Told of a torn last line that was cut off. */
  readonly onTorn?: (torn: TornTail) => void
  /** Below this size it is never written anew. */
  readonly compactFromBytes?: number
}

const COMPACT_FROM_BYTES = 4 * 1024 ** 2
const LINE_ENTRIES = 500

/** @throws Misconfigured another process holds it, or it cannot be written here */
export async function fileJournal(options: FileJournalOptions): Promise<Journal> {
  const { path } = options
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const lock = acquireLock(`${path}.lock`)
    if (!lock) throw new Misconfigured([`another process keeps its facts in ${path}; several need nats.url`])
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    await syncFolder(path)
    return new FileJournal(options, lock, file)
  } catch (error) {
    if (error instanceof Misconfigured) throw error
    throw new Misconfigured([`${path} cannot be used as a journal: ${reasonOf(error)}`])
  }
}

class FileJournal implements Journal {
  readonly #path: string
  readonly #lock: Lock
  readonly #onTorn: (torn: TornTail) => void
  readonly #compactFromBytes: number
  #file: FileHandle
  /** Up to here everything is whole and on the disk. */
  #size = 0
  #compactAt: number

  constructor(options: FileJournalOptions, lock: Lock, file: FileHandle) {
    this.#path = options.path
    this.#onTorn = options.onTorn ?? (() => undefined)
    this.#compactFromBytes = options.compactFromBytes ?? COMPACT_FROM_BYTES
    this.#compactAt = this.#compactFromBytes
    this.#lock = lock
    this.#file = file
  }

  async *load(): AsyncIterable<readonly [string, string]> {
    const { entries, size, torn } = await readLines(this.#file, this.#path)
    this.#size = size
    if (torn) {
      await this.#cutOff()
      this.#onTorn(torn)
    }
    yield* entries
  }

  async write(batch: JournalBatch): Promise<void> {
    const line = lineOf(batch.puts, batch.removes)
    try {
      if (this.#size + line.length > this.#compactAt) await this.#compact(batch.everything())
      await writeAll(this.#file, line, this.#size)
      await this.#file.datasync()
    } catch (error) {
      throw unavailable(error)
    }
    this.#size += line.length
  }

  async settle(): Promise<boolean> {
    try {
      await this.#cutOff()
    } catch (error) {
      throw unavailable(error)
    }
    return false
  }

  async close(): Promise<void> {
    await this.#file.close()
    this.#lock.release()
  }

  async #cutOff(): Promise<void> {
    await this.#file.truncate(this.#size)
    await this.#file.datasync()
  }

  /** Writes what still counts into a new file, which takes the old one's place at once or not at all. */
  async #compact(everything: Iterable<readonly [string, string]>): Promise<void> {
    const path = `${this.#path}.new`
    const file = await open(path, 'w', 0o600)
    let size: number
    try {
      size = await writeEverything(file, everything)
      await file.datasync()
      await rename(path, this.#path)
    } catch (error) {
      await file.close()
      throw error
    }
    const old = this.#file
    this.#file = file
    this.#size = size
    this.#compactAt = Math.max(this.#compactFromBytes, size * 2)
    await old.close()
    await syncFolder(this.#path)
  }
}

async function writeEverything(file: FileHandle, everything: Iterable<readonly [string, string]>): Promise<number> {
  let size = 0
  let puts: (readonly [string, string])[] = []
  const flush = async () => {
    const line = lineOf(puts, [])
    await writeAll(file, line, size)
    size += line.length
    puts = []
  }
  for (const entry of everything) if (puts.push(entry) === LINE_ENTRIES) await flush()
  if (puts.length > 0) await flush()
  return size
}

/** The texts are JSON already and stand in the line as they are. */
function lineOf(puts: JournalBatch['puts'], removes: JournalBatch['removes']): Buffer {
  const entries = puts.map(([key, text]) => `${JSON.stringify(key)}:${text}`)
  return Buffer.from(`{"put":{${entries.join(',')}},"remove":${JSON.stringify(removes)}}\n`)
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** A new name is durable once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function unavailable(error: unknown): Unavailable {
  return new Unavailable('journal', { cause: new Error(`the journal cannot be written: ${reasonOf(error)}`) })
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message ?? 'unknown error'
}
