import { CHARACTER_MAX, characterAt } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEPTH_MAX, type Json, parseStrictJson } from './strict-json.ts'

const parse = (text: string) => parseStrictJson(Buffer.from(text))

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function plain(value: Json | undefined): unknown {
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, Json>)].map(([key, each]) => [key, plain(each)])
    // As JSON.parse does: an own member, whatever it is called.
    return JSON.parse(JSON.stringify(Object.fromEntries(entries)))
  }
  return Array.isArray(value) ? value.map((each: Json) => plain(each)) : value
}

describe('strict JSON', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: fc.nat(CHARACTER_MAX).map(characterAt) }), (text) => {
        const parsed = parse(text)
        // fast-check writes no repeated keys.
        expect(JSON.stringify(plain(parsed))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  }, 30_000)

  it('is nothing that JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isJson(text) || parse(text) === undefined).toBe(true)
      }),
      { numRuns: 500 },
    )
  }, 30_000)

  it.each([
    ['{"a":1,"a":2}'],
    ['{"a":1,"\\u0061":2}'],
    ['[{"b":{"c":1,"c":1}}]'],
    ['{"a":1,}'],
    ['[1,]'],
    ['{"a" 1}'],
    ['01'],
    ['1 2'],
    ['"a\nb"'],
    ['"\\"'],
    ['\uFEFF{}'],
    ['{"__proto__":1,"__proto__":2}'],
    ['NaN'],
    [''],
  ])('is not %s', (text) => {
    expect(parse(text)).toBeUndefined()
  })

  it('is not deeper than its bound, and no depth breaks the reader', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(parse(nested(DEPTH_MAX + 1))).toBeDefined()
    expect(parse(nested(DEPTH_MAX + 2))).toBeUndefined()
    expect(parse('['.repeat(1_000_000))).toBeUndefined()
    expect(parse('{"a":'.repeat(1_000_000))).toBeUndefined()
  })

  it('is UTF-8, and no other encoding (RFC 8259 §8.1)', () => {
    expect(parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined()
    expect(parseStrictJson(Buffer.from('{"a":1}', 'utf16le'))).toBeUndefined()
  })

  it('holds long texts and many escapes', () => {
    const long = 'x\\"'.repeat(1_000_000)
    expect(parse(JSON.stringify(long))).toBe(long)
  })
})
