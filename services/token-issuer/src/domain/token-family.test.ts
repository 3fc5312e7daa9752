import { fold } from '@gateway/kernel'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { type Grant, narrowedScopes, type RefreshFamily, type TokenFamilyEvent, tokenFamily } from './token-family.ts'

const given = specification(tokenFamily)

const T0 = 1_767_225_600_000
const SECOND = 1000
const DAY = 86_400_000
const lives = { graceMs: 30 * SECOND, idleMs: 30 * DAY, maxMs: 365 * DAY }

const grant: Grant = {
  family: 'F'.repeat(22),
  sub: 'custom:alice',
  client_id: 'client-a',
  resource: 'http://localhost:8080/calculator/mcp',
  scopes: ['read', 'calculate', 'openid'],
  auth_time: T0 / 1000,
  refreshable: true,
}
const started: TokenFamilyEvent = { type: 'FamilyStarted', ...grant, started_by: 'request-1', at: T0 }
const rotated = (generation: number, at: number): TokenFamilyEvent => ({
  type: 'TokenRotated',
  generation,
  superseded_until: at + 30 * SECOND,
  at,
})
const refresh = (generation: number, at: number, more: Partial<RefreshFamily> = {}): RefreshFamily => ({
  type: 'RefreshFamily',
  client_id: grant.client_id,
  generation,
  lives,
  at,
  ...more,
})
const revoked = (
  reason: Extract<TokenFamilyEvent, { type: 'FamilyRevoked' }>['reason'],
  at: number,
): TokenFamilyEvent => ({
  type: 'FamilyRevoked',
  reason,
  at,
})

describe('starting a family', () => {
  it('happens once', () => {
    given()
      .when({ type: 'StartFamily', ...grant, started_by: 'request-1', at: T0 })
      .then(started)
  })

  it('a second time is a replayed code: the family is revoked (RFC 6749 §4.1.2, original-6)', () => {
    given(started)
      .when({ type: 'StartFamily', ...grant, started_by: 'request-2', at: T0 + 1 })
      .then(revoked('code_replayed', T0 + 1))
  })

  it('by the request that started it is no replay, however late that is asked again', () => {
    for (const since of [[], [rotated(1, T0 + 1)], [rotated(1, T0 + 1), rotated(2, T0 + 2)]]) {
      given(started, ...since)
        .when({ type: 'StartFamily', ...grant, started_by: 'request-1', at: T0 + 9 })
        .thenNothing()
    }
  })

  it('is a replay of a family of which nobody knows any more who started it', () => {
    given({ type: 'FamilyStarted', ...grant, at: T0 })
      .when({ type: 'StartFamily', ...grant, started_by: 'request-1', at: T0 + 1 })
      .then(revoked('code_replayed', T0 + 1))
  })

  it('never revives a revoked family', () => {
    given(started, revoked('client_request', T0 + 1))
      .when({ type: 'StartFamily', ...grant, started_by: 'request-2', at: T0 + 2 })
      .then()
  })
})

describe('a refresh', () => {
  it('of the current generation rotates it (RFC 6749 §6, A12)', () => {
    given(started)
      .when(refresh(0, T0 + SECOND))
      .then(rotated(1, T0 + SECOND))
  })

  it('of any generation superseded within the grace window changes nothing (pain-1, advisory: concurrent refresh)', () => {
    const history = [started, rotated(1, T0), rotated(2, T0 + 5 * SECOND)]
    given(...history)
      .when(refresh(0, T0 + 30 * SECOND))
      .then()
    given(...history)
      .when(refresh(1, T0 + 30 * SECOND))
      .then()
  })

  it('of a generation superseded earlier revokes the family (OAuth 2.1 §4.3.1)', () => {
    const late = T0 + 30 * SECOND + 1
    given(started, rotated(1, T0), rotated(2, T0 + 5 * SECOND))
      .when(refresh(0, late))
      .then(revoked('refresh_token_reused', late))
  })

  it('judges each superseded generation by its own window', () => {
    const at = T0 + 32 * SECOND
    const history = [started, rotated(1, T0), rotated(2, T0 + 5 * SECOND), rotated(3, T0 + 31 * SECOND)]
    given(...history)
      .when(refresh(1, at))
      .then()
    given(...history)
      .when(refresh(0, at))
      .then(revoked('refresh_token_reused', at))
  })

  it('revokes on reuse whatever scope or resource is asked for', () => {
    given(started, rotated(1, T0))
      .when(refresh(0, T0 + DAY, { scopes: ['admin'], resource: 'https://elsewhere.example/mcp' }))
      .then(revoked('refresh_token_reused', T0 + DAY))
  })

  it('of a generation newer than the state is taken for current: its fact was lost', () => {
    given(started, rotated(1, T0))
      .when(refresh(4, T0 + DAY))
      .then(rotated(5, T0 + DAY))
  })

  it('by another client is refused and changes nothing (advisory: wrong client)', () => {
    const thief = { client_id: 'client-b' }
    given(started)
      .when(refresh(0, T0, thief))
      .thenRefused('refresh_token_invalid')
    given(started, rotated(1, T0))
      .when(refresh(0, T0 + DAY, thief))
      .thenRefused('refresh_token_invalid')
  })

  it('of an unknown family is refused', () => {
    given().when(refresh(0, T0)).thenRefused('refresh_token_invalid')
  })

  it('of a client without the grant is refused', () => {
    given({ ...started, refreshable: false })
      .when(refresh(0, T0))
      .thenRefused('refresh_token_invalid')
  })

  it('of a revoked family is refused and takes no further commit', () => {
    given(started, revoked('client_request', T0))
      .when(refresh(0, T0 + 1))
      .thenRefused('family_revoked')
  })

  it('is refused once the token was unused for its sliding life', () => {
    given(started, rotated(1, T0 + DAY))
      .when(refresh(1, T0 + 31 * DAY - SECOND))
      .then(rotated(2, T0 + 31 * DAY - SECOND))
    given(started, rotated(1, T0 + DAY))
      .when(refresh(1, T0 + 31 * DAY))
      .thenRefused('refresh_token_expired')
  })

  it('is refused once the family reached its absolute life, however often it was used', () => {
    given(started, rotated(13, T0 + 364 * DAY))
      .when(refresh(13, T0 + 365 * DAY))
      .thenRefused('refresh_token_expired')
  })

  it('may ask for fewer scopes, never for more (RFC 6749 §6)', () => {
    given(started)
      .when(refresh(0, T0, { scopes: ['read'] }))
      .then(rotated(1, T0))
    given(started)
      .when(refresh(0, T0, { scopes: ['read', 'admin'] }))
      .thenRefused('scope_widened')
    expect(narrowedScopes(grant.scopes, ['calculate', 'read'])).toEqual(['read', 'calculate'])
    expect(narrowedScopes(grant.scopes, [])).toEqual(grant.scopes)
  })

  it('is bound to the granted resource (RFC 8707 §2.2, original-4)', () => {
    given(started)
      .when(refresh(0, T0, { resource: `${grant.resource}/` }))
      .then(rotated(1, T0))
    given(started)
      .when(refresh(0, T0, { resource: 'http://localhost:8080/other/mcp' }))
      .thenRefused('resource_mismatch')
  })
})

describe('revoking a family', () => {
  const revoke = { type: 'RevokeFamily', client_id: grant.client_id, reason: 'client_request', at: T0 + 1 } as const

  it('happens once (RFC 7009 §2.1)', () => {
    given(started)
      .when(revoke)
      .then(revoked('client_request', T0 + 1))
    given(started, revoked('client_request', T0 + 1))
      .when({ ...revoke, at: T0 + 2 })
      .then()
  })

  it('of another client or an unknown one changes nothing (advisory: wrong client)', () => {
    given(started)
      .when({ ...revoke, client_id: 'client-b' })
      .then()
    given().when(revoke).then()
  })
})

describe('the state of a family', () => {
  it('stays small however fast a client rotates, and still answers every generation within the window', () => {
    const everyTenth = Array.from({ length: 1000 }, (_, index) => ({
      ...rotated(index + 1, T0 + index * 100),
      superseded_until: Math.ceil((T0 + index * 100) / 1000) * 1000 + 30 * SECOND,
    }))
    const state = fold(tokenFamily, [started, ...everyTenth])
    expect(state.status === 'active' && state.superseded.length).toBeLessThanOrEqual(32)
    given(started, ...everyTenth)
      .when(refresh(705, T0 + 100 * SECOND))
      .then()
  })
})

describe('ending a family', () => {
  const byUser = { type: 'EndFamily', reason: 'user_request', sub: grant.sub, at: T0 + 1 } as const
  const byOperator = { type: 'EndFamily', reason: 'operator_request', at: T0 + 1 } as const

  it('is the user’s, and an operator’s', () => {
    given(started)
      .when(byUser)
      .then(revoked('user_request', T0 + 1))
    given(started)
      .when(byOperator)
      .then(revoked('operator_request', T0 + 1))
  })

  it('leaves another user’s family alone', () => {
    given(started)
      .when({ ...byUser, sub: 'custom:mallory' })
      .thenNothing()
  })

  it('happens once, whoever did it first', () => {
    given(started, revoked('client_request', T0)).when(byOperator).thenNothing()
    given().when(byOperator).thenNothing()
  })
})
