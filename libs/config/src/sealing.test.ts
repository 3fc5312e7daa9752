import { Secret } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { GOOD_SECRET, loadText, MINIMAL } from './fixture.ts'
import { keyringOf } from './sealing.ts'

const derived = (secret: string) =>
  keyringOf({
    session_secret: new Secret(secret),
    storage: { type: 'memory', redis: undefined, sealing_keys: undefined },
  })

describe('the keyring of a configuration', () => {
  it('holds the sealing keys, the active one for new values', () => {
    const yaml = `${MINIMAL}\nstorage: { sealing_keys: { active: b, keys: { a: ${GOOD_SECRET}, b: ${GOOD_SECRET}2 } } }\n`
    const keyring = keyringOf(loadText(yaml).config)
    expect(keyring.activeId).toBe('b')
    expect(keyring.has('a')).toBe(true)
  })

  it('is derived from session_secret alone: the same on every replica, another for another secret', () => {
    const [one, same, other] = [derived(GOOD_SECRET), derived(GOOD_SECRET), derived(`${GOOD_SECRET}2`)]
    expect(same.open('x', one.seal('x', Buffer.from('value')))?.toString()).toBe('value')
    expect(other.activeId).not.toBe(one.activeId)
    expect(other.has(one.activeId)).toBe(false)
  })

  it('does not use session_secret itself as a key', () => {
    const keyring = derived(GOOD_SECRET)
    const raw = keyringOf({
      session_secret: new Secret('unused'),
      storage: {
        type: 'memory',
        redis: undefined,
        sealing_keys: { active: keyring.activeId, keys: { [keyring.activeId]: new Secret(GOOD_SECRET) } },
      },
    })
    expect(raw.mac('l', 'm')).not.toBe(keyring.mac('l', 'm'))
  })
})
