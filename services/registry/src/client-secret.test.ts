import { Keyring, Secret } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { clientSecretOf, isClientSecretOf } from './client-secret.ts'

const key = (id: string) => ({ id, secret: new Secret(`the sealing key ${id} of the tests`) })
const keyring = new Keyring('k1', [key('k1')])
const rotated = new Keyring('k2', [key('k1'), key('k2')])
const without = new Keyring('k2', [key('k2')])

describe('a client secret', () => {
  const secret = clientSecretOf(keyring, 'c1')

  it('needs no encoding in a Basic header', () => {
    expect(secret).toMatch(/^k1\.[A-Za-z0-9_-]{43}$/)
  })

  it('is the same each time, on every replica, and that of one client alone', () => {
    expect(clientSecretOf(keyring, 'c1')).toBe(secret)
    expect(isClientSecretOf(keyring, 'c1', secret)).toBe(true)
    expect(isClientSecretOf(keyring, 'c2', secret)).toBe(false)
  })

  it('outlives the rotation of the sealing key, until that key is gone', () => {
    expect(isClientSecretOf(rotated, 'c1', secret)).toBe(true)
    expect(clientSecretOf(rotated, 'c1')).toMatch(/^k2\./)
    expect(isClientSecretOf(without, 'c1', secret)).toBe(false)
  })

  it.each([
    '',
    '.',
    'k1',
    'k1.',
    `.${secret.slice(3)}`,
    `${secret}x`,
    secret.slice(0, -1),
    secret.slice(3),
    `k9${secret.slice(2)}`,
  ])('is not %j', (other) => {
    expect(isClientSecretOf(keyring, 'c1', other)).toBe(false)
  })
})
