import { fold } from '@gateway/kernel'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { type ConsentEvent, consent, consentIdOf, standing } from './consent.ts'

const subject = { sub: 'custom:4711', client_id: 'c1', service: 's', resource: 'https://gateway.example/s/mcp' }
const granted = (scopes: readonly string[], at: number): ConsentEvent => ({
  type: 'ConsentGranted',
  subject,
  scopes,
  at,
})
const given = specification(consent)

describe('a consent', () => {
  it('is what the user said yes to', () => {
    given()
      .when({ type: 'GrantConsent', subject, scopes: ['read'], at: 1 })
      .then(granted(['read'], 1))
  })

  it('is recorded each time that it is given', () => {
    given(granted(['read'], 1))
      .when({ type: 'GrantConsent', subject, scopes: ['read'], at: 2 })
      .then(granted(['read'], 2))
  })

  it('holds everything that was ever allowed, and since when', () => {
    expect(fold(consent, [granted(['read'], 1), granted(['read', 'write'], 2)])).toEqual({
      status: 'granted',
      subject,
      scopes: ['read', 'write'],
      granted_at: 1,
      renewed_at: 2,
    })
  })

  it('can be taken back, once, and then begins anew', () => {
    const withdrawn: ConsentEvent = { type: 'ConsentWithdrawn', subject, at: 2 }
    given(granted(['read', 'write'], 1))
      .when({ type: 'WithdrawConsent', at: 2 })
      .then(withdrawn)
    given(granted(['read'], 1), withdrawn)
      .when({ type: 'WithdrawConsent', at: 3 })
      .then()
    given().when({ type: 'WithdrawConsent', at: 3 }).then()
    expect(fold(consent, [granted(['read', 'write'], 1), withdrawn, granted(['read'], 3)])).toMatchObject({
      scopes: ['read'],
      granted_at: 3,
    })
  })

  it('belongs to one user, one client and one resource (Confused Deputy)', () => {
    const id = consentIdOf(subject)
    const others = [{ sub: 'custom:4712' }, { client_id: 'c2' }, { resource: 'https://gateway.example/t/mcp' }]
    for (const other of others) expect(consentIdOf({ ...subject, ...other })).not.toBe(id)
    expect(consentIdOf({ ...subject, sub: 'a","b', client_id: 'c' })).not.toBe(
      consentIdOf({ ...subject, sub: 'a', client_id: 'b","c' }),
    )
  })
})

describe('an earlier yes', () => {
  const state = fold(consent, [granted(['read', 'write'], 1)])
  const way = { remember: true, prompts: [], byOneself: true, redirect_uri: 'https://app.example/cb' }

  it('stands for the same scopes and fewer, where the operator lets it', () => {
    expect(standing(state, ['read'], way)).toBe('stands')
    expect(standing(state, ['read', 'write'], way)).toBe('stands')
  })

  it.each([
    ['consent_required', 'more scopes', ['read', 'admin'], {}],
    ['consent_required', 'an operator who does not want it', ['read'], { remember: false }],
    ['consent_required', 'a client that wants people to be asked', ['read'], { prompts: ['consent'] }],
    [
      'interaction_required',
      'a way from another site (advisory: remembered consent ridden)',
      ['read'],
      { byOneself: false },
    ],
    ['interaction_required', 'an app on a device (RFC 8252 §8.6)', ['read'], { redirect_uri: 'http://127.0.0.1:1/cb' }],
    ['interaction_required', 'a private-use scheme', ['read'], { redirect_uri: 'cursor://anysphere.cursor-mcp/cb' }],
  ])('does not stand (%s) for %s', (why, _, scopes, changes) => {
    expect(standing(state, scopes, { ...way, ...changes })).toBe(why)
  })

  it('does not stand when there was none, or it was taken back', () => {
    const withdrawn = fold(consent, [granted(['read'], 1), { type: 'ConsentWithdrawn', subject, at: 2 }])
    expect(standing({ status: 'absent' }, [], way)).toBe('consent_required')
    expect(standing(withdrawn, ['read'], way)).toBe('consent_required')
  })
})
