import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { speaksOf } from './access-token-hash.ts'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const idToken = (header: object, claims: object) => `${encode(header)}.${encode(claims)}.c2lnbmF0dXJl`
const half = (hash: string, text: string, length: number) =>
  createHash(hash).update(text).digest().subarray(0, length).toString('base64url')

describe('an ID token', () => {
  it('speaks of the access token of the standard’s own example (OpenID Connect Core A.3)', () => {
    const token = idToken({ alg: 'RS256' }, { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' })
    expect(speaksOf(token, 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y')).toBe(true)
    expect(speaksOf(token, 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Z')).toBe(false)
  })

  it.each([
    ['PS256', 'sha256', 16],
    ['ES384', 'sha384', 24],
    ['RS512', 'sha512', 32],
    ['EdDSA', 'sha512', 32],
    ['Ed25519', 'sha512', 32],
  ])('signed with %s speaks of it in half a %s', (alg, hash, length) => {
    expect(speaksOf(idToken({ alg }, { at_hash: half(hash, 'token', length) }), 'token')).toBe(true)
    expect(speaksOf(idToken({ alg }, { at_hash: half(hash, 'other', length) }), 'token')).toBe(false)
  })

  it('may say nothing of it, and of an unknown algorithm proves nothing', () => {
    expect(speaksOf(idToken({ alg: 'RS256' }, {}), 'token')).toBe(true)
    expect(speaksOf(idToken({ alg: 'none' }, { at_hash: half('sha256', 'token', 16) }), 'token')).toBe(false)
    expect(speaksOf(idToken({ alg: 'RS256' }, { at_hash: null }), 'token')).toBe(false)
  })
})
