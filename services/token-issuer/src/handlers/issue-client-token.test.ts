import { introspectToken, issueClientToken } from '@gateway/contracts'
import { testDeps } from '@gateway/testing'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 2)
})

const resource = 'http://localhost:8080/calculator/mcp'
const issue = () => issuer.ask(issueClientToken, { client_id: 'machine', resource, scopes: ['read'] }, 'request-1')

describe('the token of a machine', () => {
  it('is an RFC 9068 token about the client itself (§2.2)', async () => {
    const answer = await issue()
    const keys = createLocalJWKSet(await issuer.jwks('access-token'))
    const now = deps.clock() / 1000
    const { payload } = await jwtVerify(answer.access_token, keys, {
      typ: 'at+jwt',
      currentDate: new Date(deps.clock()),
    })
    expect(payload).toEqual({
      iss: 'http://localhost:8080',
      sub: 'machine',
      aud: resource,
      client_id: 'machine',
      scope: 'read',
      iat: now,
      exp: now + 3600,
      jti: expect.stringMatching(/^[\w-]{22}$/),
    })
  })

  it('comes without a refresh token (RFC 6749 §4.4.3), whoever is there to ask about people', async () => {
    await issuer.people(undefined)
    const { access_token, ...rest } = await issue()
    expect(access_token).toBeTypeOf('string')
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 3600, scope: 'read' })
  })

  it('ends when its client revokes it (RFC 7009)', async () => {
    const { access_token: token } = await issue()
    expect(await issuer.ask(introspectToken, { token, client_id: 'machine' })).toMatchObject({
      active: true,
      sub: 'machine',
    })
    await issuer.revoke(token, 'machine')
    expect(issuer.revocations()).toMatchObject([{ kind: 'token', sub: 'machine', client_id: 'machine' }])
    expect(await issuer.ask(introspectToken, { token, client_id: 'machine' })).toEqual({ active: false })
  })

  it('leaves an audit event, as the token of a user does', async () => {
    await issue()
    await vi.waitFor(() => expect(issuer.audit().map(({ type }) => type)).toContain('audit.token.issued'))
    expect(issuer.audit().find(({ type }) => type === 'audit.token.issued')).toMatchObject({
      subject: 'machine',
      data: {
        decision: 'allowed',
        reason: 'client_credentials',
        client_id: 'machine',
        resource,
        scopes: ['read'],
        actor: 'client:machine',
        request_id: 'request-1',
      },
    })
  })
})
