/** Values as they cross the bus. */

/** @throws TypeError when the value has no JSON form (a cycle, a bigint). */
export function encode(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}

/** Undefined when the text is no JSON. */
export function decode(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
