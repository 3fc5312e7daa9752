import { describe, expect, it } from 'vitest'
import { challengeParameter, createOAuthClient } from './oauth-client.ts'

/** Records what is sent and answers from a table of addresses. */
function answering(answers: Readonly<Record<string, () => Response>>): { send: typeof fetch; sent: Request[] } {
  const sent: Request[] = []
  const send: typeof fetch = async (url, init) => {
    const request = new Request(url, init)
    sent.push(request)
    return answers[request.url]?.() ?? new Response('nothing here', { status: 404 })
  }
  return { send, sent }
}

const issuer = 'https://gateway.example.com'

describe('an OAuth client of the tests', () => {
  it('discovers from the challenge to the server (RFC 9728 §5, RFC 8414 §3)', async () => {
    const document = `${issuer}/.well-known/oauth-protected-resource/calculator/mcp`
    const { send } = answering({
      [`${issuer}/calculator/mcp`]: () =>
        new Response('{"error":"invalid_token"}', {
          status: 401,
          headers: { 'www-authenticate': `Bearer resource_metadata="${document}", scope="read calculate"` },
        }),
      [document]: () => Response.json({ authorization_servers: [issuer] }),
      [`${issuer}/.well-known/oauth-authorization-server`]: () => Response.json({ issuer }),
    })
    const found = await createOAuthClient(issuer, send).discover(`${issuer}/calculator/mcp`)
    expect(found.serverMetadata).toEqual({ issuer })
    expect(found.challenge.status).toBe(401)
  })

  it('asks with PKCE S256, and leaves out what is undefined (RFC 7636 §4.3)', () => {
    const request = createOAuthClient(issuer).authorization({ client_id: 'c', code_challenge_method: undefined })
    expect(Object.fromEntries(request.url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'c',
      state: request.state,
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
    })
    expect(request.verifier).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('sends a client secret as Basic only where asked to (RFC 6749 §2.3.1)', async () => {
    const { send, sent } = answering({ [`${issuer}/oauth/token`]: () => Response.json({ access_token: 't' }) })
    const answer = await createOAuthClient(issuer, send).refresh({ refresh_token: 'r', basic: 'id:secret' })
    expect(answer).toMatchObject({ status: 200, body: { access_token: 't' } })
    expect(sent[0]?.headers.get('authorization')).toBe('Basic aWQ6c2VjcmV0')
    expect(await sent[0]?.text()).toBe('grant_type=refresh_token&refresh_token=r')
  })

  it('hands refusals back as they are, and an unreadable body as an empty one', async () => {
    const answer = await createOAuthClient(issuer, answering({}).send).revoke({ token: 't' })
    expect([answer.status, answer.body]).toEqual([404, {}])
  })
})

describe('a challenge parameter', () => {
  it.each([
    ['Bearer scope="a b", error=invalid_token', 'scope', 'a b'],
    ['Bearer scope="a b", error=invalid_token', 'error', 'invalid_token'],
    ['Bearer error_description="it \\"was\\" scope=x", scope="y"', 'error_description', 'it "was" scope=x'],
    ['Bearer realm="x"', 'scope', undefined],
    [null, 'scope', undefined],
  ])('of %s, %s is %s (RFC 9110 §11.6.1)', (header, name, value) => {
    expect(challengeParameter(header, name)).toBe(value)
  })
})
