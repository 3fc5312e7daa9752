import { type StoredMessage, UnreadableFact } from '@gateway/bus'
import { auditDataSchema } from '@gateway/contracts'
import { fold } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { tellAuthorization, tellConsent } from './audit.ts'
import { type AuthorizationEvent, authorization, type Grant } from './authorization.ts'

const grant: Grant = {
  sub: 'custom:4711',
  client_id: 'c1',
  redirect_uri: 'https://app.example/cb',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  service: 's',
  resource: 'https://gateway.example/s/mcp',
  scopes: ['read'],
  auth_time: 1,
}
const events: readonly AuthorizationEvent[] = [
  { type: 'UserAuthenticated', sub: grant.sub, auth_time: 1, at: 1 },
  { type: 'CodeIssued', grant, expires_at: 61, at: 1 },
  { type: 'CodeRedeemed', family: 'f', at: 2 },
  { type: 'CodeReplayed', family: 'f', at: 3 },
]
const stored = (data: unknown): StoredMessage => ({ subject: 'x', sequence: 1, id: 'r.0', time: 0, data })
const commit = (state: unknown, told: readonly unknown[]) =>
  stored({ id: 'r.1.0', version: 1, at: 1, actor: 'user:custom:4711', events: told, state, stateVersion: 1 })

describe('the audit of an authorization', () => {
  const told = tellAuthorization(commit(fold(authorization, events), events))

  it('tells of the code: issued, redeemed; its replay is told by the token-issuer', () => {
    expect(told.map(({ type, data }) => [type, data.decision])).toEqual([
      ['audit.code.issued', 'allowed'],
      ['audit.code.redeemed', 'allowed'],
    ])
  })

  it('says who, what and where, in the published shape', () => {
    for (const { data } of told) expect(auditDataSchema.strict().parse(data)).toEqual(data)
    expect(told[0]?.data).toMatchObject({
      sub: grant.sub,
      client_id: 'c1',
      service: 's',
      redirect_host: 'app.example',
      request_id: 'r.1',
      commit: 'r.1.0',
      actor: 'user:custom:4711',
    })
  })

  it('gives an event the same id each time, and no two the same', () => {
    expect(told.map((event) => event.id)).toEqual(['r.1.0.1', 'r.1.0.2'])
  })

  it('has what is no commit, and an event of a newer version, parked', () => {
    expect(() => tellAuthorization(stored(undefined))).toThrow(UnreadableFact)
    expect(() => tellConsent(stored('x'))).toThrow(UnreadableFact)
    const newer = { type: 'CodeSold', at: 1 } as unknown as AuthorizationEvent
    expect(() => tellAuthorization(commit(fold(authorization, events), [newer]))).toThrow('unknown event "CodeSold"')
  })
})

describe('the audit of a consent', () => {
  it('tells who allowed what', () => {
    const subject = { sub: 'custom:4711', client_id: 'c1', service: 's', resource: grant.resource }
    const [event] = tellConsent(commit({}, [{ type: 'ConsentGranted', subject, scopes: ['read'], at: 1 }]))
    expect(event).toMatchObject({ type: 'audit.consent.granted', at: 1, data: { ...subject, scopes: ['read'] } })
  })

  it('tells who took it back', () => {
    const subject = { sub: 'custom:4711', client_id: 'c1', service: 's', resource: grant.resource }
    const [event] = tellConsent(commit({}, [{ type: 'ConsentWithdrawn', subject, at: 2 }]))
    expect(event).toMatchObject({ type: 'audit.consent.withdrawn', at: 2, data: subject })
  })
})
