/** A stream of server-sent events cut into its blocks (HTML §9.2.6), however its bytes come, so that one can be rewritten. */

const LF = 10
const CR = 13

/** Bytes in, whole blocks out, each with the blank line that ends it; nothing of the bytes is changed. */
export class EventBlocks {
  #pending: Buffer[] = []
  #pendingBytes = 0
  #lineIsEmpty = true
  #afterCr = false

  /** How much of a block that has no end yet is held. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  push(chunk: Buffer): readonly Buffer[] {
    const blocks: Buffer[] = []
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      // The second half of a line's end that was seen already.
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false
        continue
      }
      this.#afterCr = byte === CR
      if (byte !== CR && byte !== LF) {
        this.#lineIsEmpty = false
        continue
      }
      if (this.#lineIsEmpty) {
        // A CRLF is not cut in two where it came whole.
        const end = byte === CR && chunk[i + 1] === LF ? i + 2 : i + 1
        blocks.push(Buffer.concat([...this.#pending, chunk.subarray(start, end)]))
        this.#pending = []
        this.#pendingBytes = 0
        start = end
      }
      this.#lineIsEmpty = true
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
    return blocks
  }

  /** What came after the last blank line. */
  rest(): Buffer {
    const rest = Buffer.concat(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    return rest
  }

  #hold(part: Buffer): void {
    this.#pending.push(part)
    this.#pendingBytes += part.length
  }
}

/** The block with `rewrite` of its data in place of it; the block itself where that is undefined or it has none. */
export function withData(block: Buffer, rewrite: (data: string) => string | undefined): Buffer {
  const lines = block.toString().split(/\r\n|\r|\n/)
  const data = lines.flatMap((line) => {
    const value = /^data(?:: ?(?<value>.*))?$/s.exec(line)
    return value === null ? [] : [value.groups?.['value'] ?? '']
  })
  const rewritten = data.length === 0 ? undefined : rewrite(data.join('\n'))
  if (rewritten === undefined) return block
  const others = lines.filter((line) => line !== '' && !/^data(?::|$)/.test(line))
  return Buffer.from(`${[...others, `data: ${rewritten}`].join('\n')}\n\n`)
}
