import { describe, expect, it } from 'vitest'
import { Keyring, sealedKeyId } from './keyring.ts'
import { Secret } from './secret.ts'

const key = (id: string, secret = `root of ${id}`) => ({ id, secret: new Secret(secret) })
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString())

describe('a keyring', () => {
  const ring = new Keyring('k1', [key('k1')])

  it('opens what it sealed, under the same label and context only', () => {
    const sealed = ring.seal('profile', Buffer.from('Ada'), 'row 1')
    expect(text(ring.open('profile', sealed, 'row 1'))).toBe('Ada')
    expect(ring.open('profile', sealed, 'row 2')).toBeUndefined()
    expect(ring.open('cookie', sealed, 'row 1')).toBeUndefined()
  })

  it('never seals the same value to the same bytes', () => {
    expect(ring.seal('x', Buffer.from('same'))).not.toEqual(ring.seal('x', Buffer.from('same')))
  })

  it('opens nothing that was changed or cut, whichever byte it is', () => {
    const sealed = ring.seal('x', Buffer.from('value'))
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(ring.open('x', changed)).toBeUndefined()
      expect(ring.open('x', sealed.subarray(0, index))).toBeUndefined()
    }
  })

  it('seals with the active key and still opens what an older one sealed', () => {
    const old = ring.seal('x', Buffer.from('value'))
    const rotated = new Keyring('k2', [key('k1'), key('k2')])
    expect(text(rotated.open('x', old))).toBe('value')
    expect(sealedKeyId(rotated.seal('x', Buffer.from('new')))).toBe('k2')
    expect(new Keyring('k2', [key('k2')]).open('x', old)).toBeUndefined()
  })

  it('carries JSON in text that fits into a cookie', () => {
    const sealed = ring.sealJson('login', { nonce: 'n' })
    expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(ring.openJson('login', sealed)).toEqual({ nonce: 'n' })
    expect(ring.openJson('login', 'not a sealed value')).toBeUndefined()
  })

  it('makes MACs that hold for one label, one message and one key', () => {
    const mac = ring.mac('code', 'message')
    expect(mac).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(ring.verifyMac('code', 'message', 'k1', mac)).toBe(true)
    expect(ring.verifyMac('code', 'another', 'k1', mac)).toBe(false)
    expect(ring.verifyMac('refresh-token', 'message', 'k1', mac)).toBe(false)
    expect(ring.verifyMac('code', 'message', 'unknown', mac)).toBe(false)
    expect(ring.verifyMac('code', 'message', 'k1', mac.slice(1))).toBe(false)
  })

  it('refuses an active key that is not there, and ids that could not stand in a token', () => {
    expect(() => new Keyring('k2', [key('k1')])).toThrow(TypeError)
    expect(() => new Keyring('a.b', [key('a.b')])).toThrow(TypeError)
  })
})
