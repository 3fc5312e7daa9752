import { Keyring, Secret } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import {
  clientSecretOf,
  isClientSecretOf,
  isRegistrationAccessTokenOf,
  registrationAccessTokenOf,
  secretExpiresAt,
} from './derived-credentials.ts'

const HOUR = 3_600_000
const key = (id: string) => ({ id, secret: new Secret(`the sealing key ${id} of the tests`) })
const keyring = new Keyring('k1', [key('k1')])
const rotated = new Keyring('k2', [key('k1'), key('k2')])
const without = new Keyring('k2', [key('k2')])
const client = { client_id: 'c1', registered_at: 0 }
const other = { client_id: 'c2', registered_at: 0 }
const changed = { ...client, credentials: { generation: 1, since: HOUR } }
const changedTwice = { ...client, credentials: { generation: 2, since: HOUR } }
const check = { now: HOUR + 1 }

describe('a client secret', () => {
  const secret = clientSecretOf(keyring, client)

  it('needs no encoding in a Basic header', () => {
    expect(secret).toMatch(/^k1\.[A-Za-z0-9_-]{43}$/)
    expect(clientSecretOf(keyring, changed)).toMatch(/^k1\.1\.[A-Za-z0-9_-]{43}$/)
  })

  it('is the same each time, on every replica, and that of one client alone', () => {
    expect(clientSecretOf(keyring, client)).toBe(secret)
    expect(isClientSecretOf(keyring, client, secret, check)).toBe(true)
    expect(isClientSecretOf(keyring, other, secret, check)).toBe(false)
  })

  it('outlives the rotation of the sealing key, until that key is gone', () => {
    expect(isClientSecretOf(rotated, client, secret, check)).toBe(true)
    expect(clientSecretOf(rotated, client)).toMatch(/^k2\./)
    expect(isClientSecretOf(without, client, secret, check)).toBe(false)
  })

  it('holds for an hour beside the one that replaced it, and no longer', () => {
    const renewed = clientSecretOf(keyring, changed)
    for (const now of [HOUR, HOUR * 2 - 1]) {
      expect(isClientSecretOf(keyring, changed, secret, { now })).toBe(true)
      expect(isClientSecretOf(keyring, changed, renewed, { now })).toBe(true)
    }
    expect(isClientSecretOf(keyring, changed, secret, { now: HOUR * 2 })).toBe(false)
    expect(isClientSecretOf(keyring, changed, renewed, { now: HOUR * 2 })).toBe(true)
  })

  it('is neither one from two changes ago nor one of the future', () => {
    expect(isClientSecretOf(keyring, changedTwice, secret, check)).toBe(false)
    expect(isClientSecretOf(keyring, client, clientSecretOf(keyring, changed), check)).toBe(false)
  })

  it('expires when the operator says so, from when it was made', () => {
    expect(secretExpiresAt(client, undefined)).toBe(0)
    expect(secretExpiresAt(changed, 7_200)).toBe(3_600 + 7_200)
    const renewed = clientSecretOf(keyring, changed)
    expect(isClientSecretOf(keyring, changed, renewed, { now: HOUR * 3 - 1, ttlSeconds: 7_200 })).toBe(true)
    expect(isClientSecretOf(keyring, changed, renewed, { now: HOUR * 3, ttlSeconds: 7_200 })).toBe(false)
  })

  it.each([
    '',
    '.',
    'k1',
    'k1.',
    `.${secret.slice(3)}`,
    `${secret}x`,
    `${secret}.`,
    secret.slice(0, -1),
    secret.slice(3),
    `k9${secret.slice(2)}`,
    `k1.0.${secret.slice(3)}`,
    `k1.-1.${secret.slice(3)}`,
    `k1.00.${secret.slice(3)}`,
  ])('is not %j', (text) => {
    expect(isClientSecretOf(keyring, client, text, check)).toBe(false)
  })
})

describe('a registration access token', () => {
  const token = registrationAccessTokenOf(keyring, client)

  it('is of one client and one generation, and no client secret', () => {
    expect(token).toMatch(/^k1\.0\.[A-Za-z0-9_-]{43}$/)
    expect(isRegistrationAccessTokenOf(keyring, client, token, 0)).toBe(true)
    expect(isRegistrationAccessTokenOf(keyring, other, token, 0)).toBe(false)
    expect(isRegistrationAccessTokenOf(keyring, changedTwice, token, HOUR)).toBe(false)
    expect(isRegistrationAccessTokenOf(keyring, client, clientSecretOf(keyring, client), 0)).toBe(false)
    expect(isClientSecretOf(keyring, client, token, check)).toBe(false)
  })

  it('holds for an hour beside the one that replaced it', () => {
    expect(isRegistrationAccessTokenOf(keyring, changed, token, HOUR * 2 - 1)).toBe(true)
    expect(isRegistrationAccessTokenOf(keyring, changed, token, HOUR * 2)).toBe(false)
  })
})
