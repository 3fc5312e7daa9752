import { Keyring, Secret } from '@gateway/kernel'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SessionBinding } from './session-binding.ts'

const key = (id: string) => ({ id, secret: new Secret(`a key of the tests, ${id}`) })
const binding = new SessionBinding(new Keyring('k1', [key('k1')]))
const ada = { sub: 'custom:ada', client_id: 'c1' }

describe('a session id', () => {
  it('comes back as the backend gave it, to its owner at its service, on any replica with the key (pain-10)', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\x21-\x7E]{1,80}$/),
        fc.stringMatching(/^[A-Za-z0-9_-]{0,8}$/),
        (id, replica) => {
          const bound = binding.bind({ id, replica }, 'calculator', ada) ?? ''
          expect(bound).toMatch(/^[\x21-\x7E]+$/)
          const elsewhere = new SessionBinding(new Keyring('k1', [key('k1')]))
          expect(elsewhere.open(bound, 'calculator', ada)).toEqual({ id, replica })
        },
      ),
    )
  })

  it('is none for another user, client or service, or when a character of it is another (pain-15)', () => {
    const bound = binding.bind({ id: 'abc.def', replica: '' }, 'calculator', ada) ?? ''
    expect(binding.open(bound, 'calculator', { ...ada, sub: 'custom:bob' })).toBeUndefined()
    expect(binding.open(bound, 'calculator', { ...ada, client_id: 'c2' })).toBeUndefined()
    expect(binding.open(bound, 'other', ada)).toBeUndefined()
    for (let at = 0; at < bound.length; at++) {
      const changed = `${bound.slice(0, at)}${bound[at] === 'x' ? 'y' : 'x'}${bound.slice(at + 1)}`
      expect(binding.open(changed, 'calculator', ada)).toBeUndefined()
    }
  })

  it('that a backend hands out bare is none', () => {
    for (const id of ['', 'abc', 'a.k1..x', 'x'.repeat(10_000), 'ä.k1..']) {
      expect(binding.open(id, 'calculator', ada)).toBeUndefined()
    }
  })

  it('goes on after the keys have rotated, for as long as the old one is there', () => {
    const bound = binding.bind({ id: 'abc', replica: '' }, 'calculator', ada) ?? ''
    const rotated = new SessionBinding(new Keyring('k2', [key('k1'), key('k2')]))
    const without = new SessionBinding(new Keyring('k2', [key('k2')]))
    expect(rotated.open(bound, 'calculator', ada)?.id).toBe('abc')
    expect(without.open(bound, 'calculator', ada)).toBeUndefined()
  })

  it('that is not visible ASCII is given to nobody', () => {
    for (const id of ['', 'a b', 'ä', 'a\r\nSet-Cookie: x']) {
      expect(binding.bind({ id, replica: '' }, 'calculator', ada)).toBeUndefined()
    }
  })
})
