/**
 * JSON (RFC 8259) as every reader reads it, or not at all. What two parsers could take differently is refused: repeated keys
 * (§4: readers differ on which counts), depth without end, and what is no UTF-8. Policy and backend then see the same message.
 */

export const DEPTH_MAX = 64

/** Undefined for what is not JSON in this sense. Objects are maps, so that no key means anything to the reader. */
export type Json = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Malformed extends Error {}

export function parseStrictJson(bytes: Uint8Array): Json | undefined {
  try {
    return new Reader(utf8.decode(bytes)).document()
  } catch (error) {
    // What the decoder, JSON.parse for a single text or number, and the reader throw at malformed input.
    if (error instanceof Malformed || error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): Json {
    const value = this.#value(0)
    this.#skip()
    if (this.#at < this.#text.length) throw new Malformed()
    return value
  }

  #value(depth: number): Json {
    if (depth > DEPTH_MAX) throw new Malformed()
    this.#skip()
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return Number(this.#match(NUMBER))
    }
  }

  #object(depth: number): ReadonlyMap<string, Json> {
    const members = new Map<string, Json>()
    this.#at++
    if (this.#isNext('}')) return members
    do {
      this.#skip()
      const key = this.#string()
      if (members.has(key) || !this.#isNext(':')) throw new Malformed()
      members.set(key, this.#value(depth + 1))
    } while (this.#isNext(','))
    if (!this.#isNext('}')) throw new Malformed()
    return members
  }

  #array(depth: number): readonly Json[] {
    const items: Json[] = []
    this.#at++
    if (this.#isNext(']')) return items
    do items.push(this.#value(depth + 1))
    while (this.#isNext(','))
    if (!this.#isNext(']')) throw new Malformed()
    return items
  }

  /** Up to the first quote that no backslash escapes; the escapes themselves are JSON.parse's to read. */
  #string(): string {
    const from = this.#at
    if (this.#text[from] !== '"') throw new Malformed()
    let end = from
    do end = this.#text.indexOf('"', end + 1)
    while (end > 0 && isEscaped(this.#text, end))
    if (end < 0) throw new Malformed()
    this.#at = end + 1
    return JSON.parse(this.#text.slice(from, end + 1)) as string
  }

  #word<Value extends Json>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw new Malformed()
    this.#at += word.length
    return value
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (found === undefined) throw new Malformed()
    this.#at += found.length
    return found
  }

  #isNext(character: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #skip(): void {
    SPACE.lastIndex = this.#at
    SPACE.exec(this.#text)
    this.#at = SPACE.lastIndex
  }
}

/** Behind an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text[before - 1] === '\\') before--
  return (at - before) % 2 === 1
}
