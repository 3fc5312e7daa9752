import type { Revocation } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { Revocations } from './revocations.ts'

const HOUR_MS = 3_600_000
const T = Date.UTC(2026, 0, 1)
const issuer = 'http://localhost:8080'
const token = {
  jti: 'j',
  sid: 'f',
  sub: 'custom:alice',
  client_id: 'c',
  aud: `${issuer}/calculator/mcp`,
  iat: T / 1000,
}

function revocations(...list: readonly Revocation[]): Revocations {
  const made = new Revocations(issuer, HOUR_MS)
  for (const revocation of list) made.project(revocation)
  return made
}

const user = (before: number, at = before): Revocation => ({
  kind: 'user',
  id: `u${before}`,
  at,
  sub: token.sub,
  before,
})

describe('a revocation', () => {
  it.each<Revocation>([
    { kind: 'token', id: 'r', at: T, jti: 'j', sub: 's', client_id: 'c' },
    { kind: 'family', id: 'r', at: T, sid: 'f', sub: 's', client_id: 'c' },
    user(T + 1),
    { kind: 'client', id: 'r', at: T, client_id: 'c', before: T + 1 },
    { kind: 'service', id: 'r', at: T, service: 'calculator', before: T + 1 },
    { kind: 'rule', id: 'r', at: T, service: 'calculator', before: T + 1 },
  ])('of a $kind concerns its tokens and no others', (revocation) => {
    const other = { ...token, jti: 'k', sid: 'g', sub: 'custom:bob', client_id: 'd', aud: `${issuer}/calc/mcp` }
    expect(revocations(revocation).concerns(token)).toBe(true)
    expect(revocations(revocation).concerns(other)).toBe(false)
    expect(revocations(revocation).concerns({ ...other, sid: undefined })).toBe(false)
  })

  it('of what was issued before a time spares what came after, but for its second', () => {
    expect(revocations(user(T)).concerns(token)).toBe(false)
    expect(revocations(user(T + 999)).concerns(token)).toBe(true)
    expect(revocations(user(T + 999)).concerns({ ...token, iat: token.iat + 1 })).toBe(false)
  })

  it('with a later time stands, in whichever order they come', () => {
    const later = { ...token, iat: token.iat + 5 }
    expect(revocations(user(T + 9_000), user(T + 1)).concerns(later)).toBe(true)
    expect(revocations(user(T + 1), user(T + 9_000)).concerns(later)).toBe(true)
  })

  it('is forgotten when no token that it concerns can be alive', () => {
    const known = revocations(user(T + 1))
    const next = (at: number) => known.project({ kind: 'user', id: 'n', at, sub: 'custom:bob', before: at })
    next(T + 1 + HOUR_MS)
    expect(known.concerns(token)).toBe(true)
    next(T + 2 + HOUR_MS)
    expect(known.concerns(token)).toBe(false)
  })
})
