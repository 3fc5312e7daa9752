import type { Revocation } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { RevocationsView } from './revocations.ts'

const HOUR = 3_600_000
const T = Date.UTC(2026, 0, 1)
const token = { jti: 'j1', sid: 'f1', sub: 'google:1', client_id: 'c1', iat: T / 1_000 }

function view(...revocations: Revocation[]): RevocationsView {
  const revoked = new RevocationsView(HOUR)
  for (const revocation of revocations) revoked.project(revocation)
  return revoked
}
const who = { id: 'r1', at: T + 10, sub: 'google:1', client_id: 'c1' }

describe('a revocation', () => {
  it('of a token or a family concerns it whenever it was issued', () => {
    expect(view({ kind: 'token', jti: 'j1', ...who }).concerns(token, 's')).toBe(true)
    expect(view({ kind: 'token', jti: 'j2', ...who }).concerns(token, 's')).toBe(false)
    expect(view({ kind: 'family', sid: 'f1', ...who }).concerns({ ...token, iat: T / 1_000 + 60 }, 's')).toBe(true)
    expect(view({ kind: 'family', sid: 'f2', ...who }).concerns(token, 's')).toBe(false)
  })

  it.each<[Revocation['kind'], Revocation]>([
    ['user', { kind: 'user', id: 'r', at: T, sub: 'google:1', before: T + 1 }],
    ['client', { kind: 'client', id: 'r', at: T, client_id: 'c1', before: T + 1 }],
    ['service', { kind: 'service', id: 'r', at: T, service: 's', before: T + 1 }],
    ['rule', { kind: 'rule', id: 'r', at: T, service: 's', before: T + 1 }],
  ])('of a %s concerns what was issued before, the second of the revocation included', (_kind, revocation) => {
    const revoked = view(revocation)
    expect(revoked.concerns(token, 's')).toBe(true)
    expect(revoked.concerns({ ...token, iat: T / 1_000 + 1 }, 's')).toBe(false)
    expect(revoked.concerns({ ...token, sub: 'google:2', client_id: 'c2' }, 't')).toBe(false)
  })

  it('that arrives late does not move a later border back', () => {
    const at = (before: number): Revocation => ({ kind: 'user', id: 'r', at: T, sub: 'google:1', before })
    expect(view(at(T + 5_000), at(T + 1_000)).concerns({ ...token, iat: T / 1_000 + 4 }, 's')).toBe(true)
  })

  it('is forgotten when the last token that it can concern has expired', () => {
    const revoked = view({ kind: 'family', sid: 'f1', ...who })
    revoked.project({ kind: 'family', sid: 'f2', ...who, at: T + HOUR })
    expect(revoked.size).toBe(2)
    revoked.project({ kind: 'family', sid: 'f3', ...who, at: T + HOUR + 1_011 })
    expect(revoked.size).toBe(2)
    expect(revoked.concerns(token, 's')).toBe(false)
  })
})
