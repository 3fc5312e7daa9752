import { fold } from '@gateway/kernel'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { type KeyRingEvent, keyRing } from './key-ring.ts'

const given = specification(keyRing)

const newKey = (kid: string) => ({
  kid,
  public_jwk: { kty: 'EC', crv: 'P-256', x: `x of ${kid}`, y: `y of ${kid}`, kid, alg: 'ES256', use: 'sig' },
})
const created = (kid: string, at: number): KeyRingEvent => ({
  type: 'KeyCreated',
  ring: 'access-token',
  ...newKey(kid),
  at,
})
const activated = (kid: string, at: number): KeyRingEvent => ({ type: 'KeyActivated', kid, at })
const retired = (kid: string, at: number): KeyRingEvent => ({ type: 'KeyRetired', kid, at })
const dropped = (kid: string, at: number): KeyRingEvent => ({ type: 'KeyDropped', kid, at })

const ensure = (kid: string, at: number, lost?: string) =>
  ({ type: 'EnsureActive', ring: 'access-token', ...newKey(kid), lost, at }) as const

describe('ensuring an active key', () => {
  it('activates the first key at once', () => {
    given().when(ensure('a', 1)).then(created('a', 1), activated('a', 1))
  })

  it('does nothing for the replica that comes second', () => {
    given(created('a', 1), activated('a', 1)).when(ensure('b', 2)).then()
  })

  it('replaces a key whose private part is lost; what that one signed stays verifiable', () => {
    given(created('a', 1), activated('a', 1))
      .when(ensure('b', 2, 'a'))
      .then(created('b', 2), retired('a', 2), activated('b', 2))
  })

  it('does nothing when another replica has replaced the lost key already', () => {
    given(created('a', 1), activated('a', 1), created('b', 2), retired('a', 2), activated('b', 2))
      .when(ensure('c', 3, 'a'))
      .then()
  })
})

describe('rotating', () => {
  const create = { type: 'CreateKey', ring: 'access-token', ...newKey('b'), at: 2 } as const

  it('publishes the next key before it signs', () => {
    given(created('a', 1), activated('a', 1)).when(create).then(created('b', 2))
  })

  it('has at most one key waiting', () => {
    given(created('a', 1), activated('a', 1), created('x', 2)).when(create).then()
  })

  it('creates no key twice', () => {
    const history = [created('a', 1), activated('a', 1), created('b', 2), retired('a', 3), activated('b', 3)]
    for (const kid of ['a', 'b'])
      given(...history)
        .when({ ...create, ...newKey(kid) })
        .then()
    given(...history)
      .when(ensure('a', 4, 'b'))
      .then()
  })

  it('puts the waiting key in the place of the active one in one decision', () => {
    given(created('a', 1), activated('a', 1), created('b', 2))
      .when({ type: 'ActivateKey', kid: 'b', at: 3 })
      .then(retired('a', 3), activated('b', 3))
  })

  it('activates nothing that is active, retired or gone', () => {
    const history = [created('a', 1), activated('a', 1), created('b', 2), retired('a', 3), activated('b', 3)]
    for (const kid of ['a', 'b', 'gone'])
      given(...history)
        .when({ type: 'ActivateKey', kid, at: 4 })
        .then()
  })
})

describe('dropping', () => {
  const history = [created('a', 1), activated('a', 1), created('b', 2), retired('a', 3), activated('b', 3)]

  it('forgets a retired or a waiting key, once', () => {
    given(...history)
      .when({ type: 'DropKey', kid: 'a', at: 4 })
      .then(dropped('a', 4))
    given(...history, dropped('a', 4))
      .when({ type: 'DropKey', kid: 'a', at: 5 })
      .then()
    given(created('p', 1)).when({ type: 'DropKey', kid: 'p', at: 2 }).then(dropped('p', 2))
  })

  it('refuses the active key', () => {
    given(...history)
      .when({ type: 'DropKey', kid: 'b', at: 4 })
      .thenRefused('key_active')
  })
})

describe('revoking a key', () => {
  const revoke = (kid: string, at: number) =>
    ({ type: 'RevokeKey', ring: 'access-token', kid, replacement: newKey('r'), at }) as const
  const revoked = (kid: string, at: number): KeyRingEvent => ({ type: 'KeyRevoked', kid, at })
  const running = [created('a', 1), activated('a', 1)]

  it('puts a new key in the place of the active one, in one decision', () => {
    given(...running)
      .when(revoke('a', 5))
      .then(revoked('a', 5), created('r', 5), activated('r', 5))
  })

  it('prefers the key that waits, which verifiers have already', () => {
    given(...running, created('b', 2))
      .when(revoke('a', 5))
      .then(revoked('a', 5), activated('b', 5))
  })

  it('takes a waiting or a retired key away and leaves the active one', () => {
    given(...running, created('b', 2))
      .when(revoke('b', 5))
      .then(revoked('b', 5))
    given(...running, created('b', 2), retired('a', 3), activated('b', 3))
      .when(revoke('a', 5))
      .then(revoked('a', 5))
  })

  it('does nothing a second time, and nothing about a key that is gone', () => {
    given(...running, revoked('a', 5), created('r', 5), activated('r', 5))
      .when(revoke('a', 6))
      .thenNothing()
    given(...running)
      .when(revoke('gone', 5))
      .thenNothing()
  })

  it('leaves nothing of it in the ring', () => {
    const left = fold(keyRing, [...running, revoked('a', 5), created('r', 5), activated('r', 5)])
    expect(left.keys.map(({ kid, status }) => [kid, status])).toEqual([['r', 'active']])
  })
})
