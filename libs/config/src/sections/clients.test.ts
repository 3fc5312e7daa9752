import { describe, expect, it } from 'vitest'
import { clientSchema, registrationSchema } from './clients.ts'

const SECRET = 'sixteen letters and more'
const REDIRECT = { redirect_uris: ['https://chat.example.com/callback'] }
const keys = { jwks_uri: 'https://app.example/jwks.json' }
const machine = { grant_types: ['client_credentials'] }

function problemsOf(client: Record<string, unknown>): string[] {
  const parsed = clientSchema.safeParse(client)
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => String(path[0]))
}

describe('a configured client', () => {
  it.each([
    [REDIRECT],
    [{ ...REDIRECT, client_secret: SECRET }],
    [{ ...machine, client_secret: [SECRET, `another of ${SECRET}`] }],
    [{ ...machine, ...keys, token_endpoint_auth_method: 'private_key_jwt' }],
  ])('may be %j', (client) => {
    expect(problemsOf(client)).toEqual([])
  })

  it.each([
    [{}, 'redirect_uris'],
    [{ ...REDIRECT, client_secret: 'too short' }, 'client_secret'],
    [{ ...REDIRECT, client_secret: [] }, 'client_secret'],
    [{ ...REDIRECT, client_secret: SECRET, token_endpoint_auth_method: 'none' }, 'client_secret'],
    [{ ...REDIRECT, client_secret: SECRET, ...keys }, 'client_secret'],
    [{ ...REDIRECT, token_endpoint_auth_method: 'client_secret_basic' }, 'client_secret'],
    [{ ...REDIRECT, token_endpoint_auth_method: 'private_key_jwt' }, 'jwks_uri'],
    [{ ...REDIRECT, ...keys, jwks: { keys: [] } }, 'jwks_uri'],
    [{ ...REDIRECT, jwks_uri: 'http://app.example/jwks.json' }, 'jwks_uri'],
    [machine, 'grant_types'],
  ])('may not be %j: %s', (client, key) => {
    expect(problemsOf(client)).toEqual([key])
  })

  it('shows its secrets nowhere', () => {
    const parsed = clientSchema.parse({ ...machine, client_secret: SECRET })
    expect(JSON.stringify(parsed)).not.toContain(SECRET)
    expect(parsed.client_secret?.map((secret) => secret.open())).toEqual([SECRET])
  })
})

describe('registration', () => {
  it('is open by default, with a limit for each address', () => {
    expect(registrationSchema.parse({})).toMatchObject({
      metadata_documents: { enabled: true, allow_domains: [], deny_domains: [], private_hosts: [] },
      dynamic: { enabled: true, initial_access_tokens: [], per_address_per_hour: 300 },
    })
  })

  it.each(['javascript', 'JavaScript', 'data', 'https', 'file', 'my app', 'myapp:'])(
    'allows no redirect scheme %j (advisory: redirect URI not checked)',
    (scheme) => {
      expect(registrationSchema.safeParse({ redirect_schemes: [scheme] }).success).toBe(false)
    },
  )

  it.each(['https://app.example', 'app.example/x', '*', '*.', 'app.*.example'])('takes no domain %j', (domain) => {
    expect(registrationSchema.safeParse({ allow_redirect_domains: [domain] }).success).toBe(false)
  })
})
