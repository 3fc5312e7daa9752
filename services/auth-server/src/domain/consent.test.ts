import { fold } from '@gateway/kernel'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { type ConsentEvent, consent, consentIdOf } from './consent.ts'

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

  it('belongs to one user, one client and one resource (Confused Deputy)', () => {
    const id = consentIdOf(subject)
    const others = [{ sub: 'custom:4712' }, { client_id: 'c2' }, { resource: 'https://gateway.example/t/mcp' }]
    for (const other of others) expect(consentIdOf({ ...subject, ...other })).not.toBe(id)
    expect(consentIdOf({ ...subject, sub: 'a","b', client_id: 'c' })).not.toBe(
      consentIdOf({ ...subject, sub: 'a', client_id: 'b","c' }),
    )
  })
})
