import { createHash } from 'node:crypto'
import { fold, Refusal } from '@gateway/kernel'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import {
  type AuthorizationEvent,
  assertRedeemable,
  authorization,
  type Grant,
  type Redemption,
} from './authorization.ts'

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const grant: Grant = {
  sub: 'custom:4711',
  client_id: 'c1',
  redirect_uri: 'http://127.0.0.1:33418/callback',
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  service: 'calculator',
  resource: 'https://gateway.example/calculator/mcp',
  scopes: ['read'],
  auth_time: 1,
}
const AT = 1_000
const TTL = 60_000
const authenticated: AuthorizationEvent = { type: 'UserAuthenticated', sub: grant.sub, auth_time: 1, at: AT }
const issued: AuthorizationEvent = { type: 'CodeIssued', grant, expires_at: AT + TTL, at: AT }
const redeemed: AuthorizationEvent = { type: 'CodeRedeemed', family: 'f', at: AT + 1 }
const replayed: AuthorizationEvent = { type: 'CodeReplayed', family: 'f', at: AT + 2 }
const given = specification(authorization)

describe('an authorization', () => {
  it('begins with the sign-in and its code, in one decision', () => {
    given().when({ type: 'IssueCode', grant, at: AT, ttlMs: TTL }).then(authenticated, issued)
  })

  it('is made once: a second callback of the same login changes nothing (original-9)', () => {
    given(authenticated, issued)
      .when({ type: 'IssueCode', grant, at: AT, ttlMs: TTL })
      .thenRefused('authorization_repeated')
    given(authenticated, issued, redeemed)
      .when({ type: 'IssueCode', grant, at: AT, ttlMs: TTL })
      .thenRefused('authorization_repeated')
  })

  it('records the redemption of its code, once', () => {
    given(authenticated, issued)
      .when({ type: 'RecordRedemption', family: 'f', at: AT + 1 })
      .then(redeemed)
    given(authenticated, issued, redeemed)
      .when({ type: 'RecordRedemption', family: 'f', at: AT + 1 })
      .thenNothing()
  })

  it('records a replay, once (RFC 6749 §4.1.2)', () => {
    given(authenticated, issued, redeemed)
      .when({ type: 'RecordReplay', family: 'f', at: AT + 2 })
      .then(replayed)
    given(authenticated, issued, redeemed, replayed)
      .when({ type: 'RecordReplay', family: 'f', at: AT + 3 })
      .thenNothing()
  })

  it('stays replayed when the winner of the race tells later than the loser', () => {
    given(authenticated, issued, replayed)
      .when({ type: 'RecordRedemption', family: 'f', at: AT + 1 })
      .then(redeemed)
    expect(fold(authorization, [authenticated, issued, replayed, redeemed])).toMatchObject({ status: 'replayed' })
  })

  it('knows no outcome of a code that was never issued', () => {
    given().when({ type: 'RecordRedemption', family: 'f', at: AT }).thenRefused('code_unknown')
    given().when({ type: 'RecordReplay', family: 'f', at: AT }).thenRefused('code_unknown')
  })
})

describe('a code', () => {
  const state = fold(authorization, [authenticated, issued])
  const right: Redemption = {
    client_id: 'c1',
    redirect_uri: grant.redirect_uri,
    code_verifier: VERIFIER,
    at: AT + TTL,
  }
  const refusalOf = (shown: Redemption, events: readonly AuthorizationEvent[] = [authenticated, issued]) => {
    try {
      assertRedeemable(fold(authorization, events), shown)
    } catch (error) {
      return (error as Refusal).code
    }
    return undefined
  }

  it('is redeemable by its client, with its redirect URI and verifier, until it expires', () => {
    expect(assertRedeemable(state, right)).toEqual(grant)
  })

  it('is redeemable without the redirect URI, as OAuth 2.1 §4.1.3 has it', () => {
    expect(assertRedeemable(state, { ...right, redirect_uri: undefined })).toEqual(grant)
  })

  it('passes the checks once it is redeemed: the append on the family tells the replay', () => {
    expect(refusalOf(right, [authenticated, issued, redeemed])).toBeUndefined()
    expect(refusalOf(right, [authenticated, issued, redeemed, replayed])).toBeUndefined()
  })

  it.each<[string, Partial<Redemption>]>([
    ['code_of_another_client', { client_id: 'c2' }],
    ['code_redirect_uri_mismatch', { redirect_uri: 'http://127.0.0.1:33419/callback' }],
    ['code_verifier_mismatch', { code_verifier: grant.code_challenge }],
    ['code_verifier_mismatch', { code_verifier: '' }],
    ['code_expired', { at: AT + TTL + 1 }],
    ['code_resource_mismatch', { resource: 'https://gateway.example/other/mcp' }],
    ['code_resource_mismatch', { resource: 'https://gateway.example/calculator' }],
  ])('is refused as %s for %j', (code, wrong) => {
    expect(refusalOf({ ...right, ...wrong })).toBe(code)
  })

  it('names the wrong client before anything else, so that it learns nothing of the rest', () => {
    const wrong = { client_id: 'c2', redirect_uri: 'x', code_verifier: '', resource: 'x', at: AT + TTL + 1 }
    expect(refusalOf(wrong)).toBe('code_of_another_client')
  })

  it('is unknown when it was never issued', () => {
    expect(refusalOf(right, [])).toBe('code_unknown')
  })
})
