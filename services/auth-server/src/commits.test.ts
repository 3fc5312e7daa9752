import { stateIsFold } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { authorizations, consents } from './aggregates.ts'
import type { Grant } from './domain/authorization.ts'

const subject = { sub: 'google:1', client_id: 'c', service: 's', resource: 'http://localhost:8080/s/mcp' }
const grant: Grant = {
  ...subject,
  redirect_uri: 'https://client.example/callback',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  scopes: ['read'],
  auth_time: 0,
}

describe('the state in the last commit equals the fold of all events', () => {
  it('of an authorization', async () => {
    const issue = (more: Partial<Grant>) => (at: number) =>
      ({ type: 'IssueCode', grant: { ...grant, ...more }, at, ttlMs: 60_000 }) as const
    const redeemed = (at: number) => ({ type: 'RecordRedemption', family: 'f', at }) as const
    const replayed = (at: number) => ({ type: 'RecordReplay', family: 'f', at }) as const
    await expect(
      stateIsFold(authorizations, [issue({}), issue({ nonce: 'n', scopes: [] }), redeemed, replayed]),
    ).resolves.toBeUndefined()
  })

  it('of a consent', async () => {
    const give = (scopes: readonly string[]) => (at: number) => ({ type: 'GrantConsent', subject, scopes, at }) as const
    const withdraw = (at: number) => ({ type: 'WithdrawConsent', at }) as const
    await expect(
      stateIsFold(consents, [give(['read']), give(['read', 'write']), give([]), withdraw]),
    ).resolves.toBeUndefined()
  })
})
