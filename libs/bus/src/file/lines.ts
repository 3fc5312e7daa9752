/** Reading a journal's file: whole lines in order, and what to make of one that is none. */
import type { FileHandle } from 'node:fs/promises'
import { Misconfigured } from '@gateway/kernel'

export interface TornTail {
  readonly path: string
  /** Where the torn line begins: all before it is kept. */
  readonly at: number
  readonly bytes: number
}

interface Line {
  readonly put: Readonly<Record<string, unknown>>
  readonly remove: readonly string[]
}

const CHUNK_BYTES = 1024 ** 2
const NEWLINE = 0x0a

/**
 * The last line may be torn: it is left out of `size`. Another one that is unreadable was acknowledged once, and leaving it
 * out could bring back what was revoked. @throws Misconfigured naming the place
 */
export async function readLines(
  file: FileHandle,
  path: string,
): Promise<{ readonly entries: Map<string, string>; readonly size: number; readonly torn?: TornTail }> {
  const entries = new Map<string, string>()
  let size = 0
  let unreadable = false
  let end = 0
  for await (const { line, at } of linesOf(file)) {
    if (unreadable) throw new Misconfigured([`${path}: the line at byte ${size} is damaged, and others follow it`])
    end = at + line.length
    const parsed = line.at(-1) === NEWLINE ? parse(line) : undefined
    if (parsed) {
      apply(parsed, entries)
      size = end
    } else unreadable = true
  }
  return unreadable ? { entries, size, torn: { path, at: size, bytes: end - size } } : { entries, size }
}

function apply({ put, remove }: Line, entries: Map<string, string>): void {
  for (const [key, value] of Object.entries(put)) entries.set(key, JSON.stringify(value))
  for (const key of remove) entries.delete(key)
}

function parse(line: Buffer): Line | undefined {
  try {
    const value = JSON.parse(line.toString()) as Partial<Line> | null
    return value?.put && Array.isArray(value.remove) ? { put: value.put, remove: value.remove } : undefined
  } catch {
    return undefined
  }
}

/** With their line breaks; the last one may have none. */
async function* linesOf(file: FileHandle): AsyncIterable<{ readonly line: Buffer; readonly at: number }> {
  let rest = Buffer.alloc(0)
  let at = 0
  for (let position = 0; ; ) {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position)
    if (bytesRead === 0) break
    position += bytesRead
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield { line: rest.subarray(0, end + 1), at }
      at += end + 1
      rest = rest.subarray(end + 1)
    }
  }
  if (rest.length > 0) yield { line: rest, at }
}
