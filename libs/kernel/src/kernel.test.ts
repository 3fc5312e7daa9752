import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type Decider, fold } from './decider.ts'
import { keyOf, newId } from './ids.ts'
import { Secret, secretEquals } from './secret.ts'

describe('a secret', () => {
  const secret = new Secret('hunter2')

  it('is shown by nothing that prints', () => {
    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
      inspect(secret, { showHidden: true, depth: 9 }),
    ]
    expect(printed.join()).not.toContain('hunter2')
    expect(secret.open()).toBe('hunter2')
  })

  it('is compared whole, whatever the lengths', () => {
    expect(secretEquals('hunter2', secret.open())).toBe(true)
    expect(secretEquals('hunter', secret.open())).toBe(false)
    expect(secretEquals('', secret.open())).toBe(false)
  })
})

describe('an id', () => {
  it('is new each time and safe in a subject, a URL and a cookie name', () => {
    const ids = Array.from({ length: 1_000 }, newId)
    expect(new Set(ids).size).toBe(1_000)
    expect(ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))).toBe(true)
  })

  it('never look like a flag to the command behind which they are pasted', () => {
    const ids = Array.from({ length: 5_000 }, newId)
    expect(ids.filter((id) => id.startsWith('-'))).toEqual([])
    expect(ids.some((id) => id.startsWith('_'))).toBe(true)
  })

  it('from outside is hashed before it stands in a subject', () => {
    const hostile = [
      'x 2\r\nhi\r\nPUB injected 4\r\nevil',
      '*',
      '>',
      'a..b',
      '',
      'https://client.example/metadata',
      'x'.repeat(9_000),
    ]
    expect(hostile.map(keyOf).every((key) => /^[A-Za-z0-9_-]{43}$/.test(key))).toBe(true)
    expect(new Set(hostile.map(keyOf)).size).toBe(hostile.length)
  })
})

describe('fold', () => {
  const counter: Decider<number, never, 'up' | 'down'> = {
    initial: 0,
    evolve: (state, event) => state + (event === 'up' ? 1 : -1),
    decide: () => [],
  }

  it('applies events in order, from the initial state or from another', () => {
    expect(fold(counter, ['up', 'up', 'down'])).toBe(1)
    expect(fold(counter, ['down'], 5)).toBe(4)
    expect(fold(counter, [])).toBe(0)
  })
})
