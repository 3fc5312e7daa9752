/** Requests that are almost right, made by changing right ones: every endpoint must answer each of them. */
import { CHARACTER_MAX, characterAt } from '@gateway/testing'
import * as fc from 'fast-check'
import type { Ingredients } from './ingredients.ts'

export interface Almost {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

interface Right {
  readonly method: string
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly carrier: 'query' | 'form' | 'json'
  readonly headers?: Readonly<Record<string, string>>
}

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Right => ({
  method: 'POST',
  path,
  fields,
  carrier: 'form',
  headers,
})
const get = (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Right => ({
  method: 'GET',
  path,
  fields,
  carrier: 'query',
  headers,
})

function rightOnes(made: Ingredients): readonly Right[] {
  const { authorization, client, machine, resource, redirectUri: redirect_uri, verifier: code_verifier } = made
  const client_id = client.id
  const proof = { client_id: machine.id, client_secret: machine.secret }
  const metadata = { redirect_uris: redirect_uri, client_name: 'x', token_endpoint_auth_method: 'none' }
  const code = { grant_type: 'authorization_code', client_id, redirect_uri, code_verifier }
  const assertion = {
    grant_type: 'client_credentials',
    client_id: machine.id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: made.accessToken,
  }
  return [
    get('/oauth/authorize', authorization),
    get('/oauth/authorize', { ...authorization, prompt: 'none', scope: 'openid read' }),
    get('/oauth/authorize', { client_id, request_uri: made.requestUri }),
    post('/oauth/authorize', authorization),
    post('/oauth/par', authorization),
    ...['approve', 'deny', 'switch'].map((decision) => post('/oauth/consent', { request: made.envelope, decision })),
    get('/oauth/callback', { state: made.loginState, code: 'x', iss: made.issuer }),
    get('/oauth/callback', { state: made.loginState, error: 'access_denied' }),
    post('/oauth/token', { ...code, code: made.code }),
    post('/oauth/token', { ...code, code: made.usedCode }),
    post('/oauth/token', { grant_type: 'refresh_token', client_id, refresh_token: made.refreshToken, resource }),
    post('/oauth/token', { grant_type: 'client_credentials', ...proof, resource, scope: 'read' }),
    post('/oauth/token', assertion),
    post('/oauth/revoke', { client_id, token: made.refreshToken, token_type_hint: 'refresh_token' }),
    post('/oauth/revoke', { client_id, token: made.accessToken }),
    post('/oauth/introspect', { ...proof, token: made.accessToken }),
    get('/oauth/userinfo', {}, { authorization: `Bearer ${made.accessToken}` }),
    post('/oauth/userinfo', { access_token: made.accessToken }),
    post('/oauth/register', metadata),
    { ...post('/oauth/register', metadata), carrier: 'json' },
    ...['GET', 'PUT', 'DELETE'].map((method): Right => {
      const headers = { authorization: `Bearer ${made.managed.token}` }
      return {
        method,
        path: made.managed.path,
        fields: metadata,
        carrier: method === 'PUT' ? 'json' : 'query',
        headers,
      }
    }),
    get('/account', {}, { cookie: made.cookies }),
    post('/account/sign-in', {}),
    post('/account/sign-out', { token: made.formToken }, { cookie: made.cookies }),
    post('/account/apps/disconnect', { token: made.formToken, client_id, resource }, { cookie: made.cookies }),
    post('/account/apps/disconnect-all', { token: made.formToken }, { cookie: made.cookies }),
    post('/account/sessions/end', { token: made.formToken, session: made.usedCode }, { cookie: made.cookies }),
    post('/account/sessions/end-others', { token: made.formToken }, { cookie: made.cookies }),
    ...DOCUMENTS.map((path) => get(path)),
  ]
}

const DOCUMENTS = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-authorization-server/calculator/mcp',
  '/.well-known/openid-configuration/calculator/mcp',
  '/calculator/mcp/.well-known/openid-configuration',
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/calculator/mcp',
  '/.well-known/jwks.json',
  '/.well-known/gateway-assertion-jwks.json',
  '/schemas/audit/code.issued/v1.json',
  '/services',
]

/** What parsers have stumbled over elsewhere. */
const HOSTILE = [
  '',
  ' ',
  '\0',
  '%00',
  '%',
  '%zz',
  '..',
  '//evil.example',
  'https://evil.example/#x',
  'javascript:alert(1)',
  '[object Object]',
  '__proto__',
  'constructor',
  '{"a":',
  '<script>',
  '"',
  "'",
  '\\',
  'urn:ietf:params:oauth:request_uri:',
  '٣',
  '💥',
  '\u202E',
  '-1',
  '1e999',
  'x'.repeat(5_000),
]

const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ maxLength: 40, unit: fc.nat(CHARACTER_MAX).map(characterAt) }),
)
/** What Node lets be sent in a header. */
const headerValue = fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/[^\x20-\x7E]/g, '?'))
const base64 = (text: string) => Buffer.from(text).toString('base64')

const headers = fc.dictionary(
  fc.constantFrom(
    'authorization',
    'cookie',
    'content-type',
    'accept-language',
    'origin',
    'sec-fetch-site',
    'user-agent',
  ),
  fc.oneof(
    headerValue,
    hostile.map((text) => `Basic ${base64(text)}`),
    headerValue.map((text) => `Bearer ${text}`),
    headerValue.map((text) => `session=${text}; browser=${text}; login-${text}=x`),
    fc.constantFrom(
      'same-origin',
      'application/json',
      'application/x-www-form-urlencoded',
      'de;q=x,ja;;q=2,*',
      'text/xml',
    ),
  ),
  { maxKeys: 3 },
)

export function almostRight(made: Ingredients): fc.Arbitrary<Almost> {
  const anywhere = fc.oneof(hostile, fc.constantFrom(...valuesOf(made)))
  return fc
    .record({
      right: fc.constantFrom(...rightOnes(made)),
      changes: fc.array(fc.tuple(fc.nat(20), fc.constantFrom('drop', 'repeat', 'replace', 'add'), anywhere), {
        maxLength: 3,
      }),
      headers: seldom(headers, {}),
      signedIn: fc.boolean(),
      method: seldom(fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'), undefined),
      cut: seldom(fc.nat(200), undefined),
      suffix: seldom(fc.constantFrom('/', '?', '?x=%', '/%2e%2e', ';x'), ''),
    })
    .map(({ right, changes, headers: extra, signedIn, method, cut, suffix }) => {
      const pairs = changes.reduce(changed, Object.entries(right.fields))
      const text = bodyOf(right, pairs)
      const query = right.carrier === 'query' && text !== '' ? `?${text}` : ''
      const type = right.carrier === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
      const body = right.carrier === 'query' ? undefined : text.slice(0, cut)
      const cookie = signedIn ? { cookie: made.cookies } : {}
      return {
        method: method ?? right.method,
        path: `${right.path}${suffix}${query}`,
        headers: { ...(body === undefined ? {} : { 'content-type': type }), ...cookie, ...right.headers, ...extra },
        ...(body === undefined ? {} : { body }),
      }
    })
}

/** Most requests get past what looks at methods, paths and types. */
function seldom<Value, Usual>(value: fc.Arbitrary<Value>, usual: Usual): fc.Arbitrary<Value | Usual> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: value })
}

/** What was right at some place: it may come at any other. */
function valuesOf(made: Ingredients): readonly string[] {
  const { client, machine, managed, code, usedCode, accessToken, refreshToken, envelope, loginState, requestUri } = made
  const shown = [client.id, machine.id, machine.secret, managed.token]
  return [...shown, code, usedCode, accessToken, refreshToken, envelope, loginState, requestUri, made.formToken]
}

type Pairs = [string, string][]

function changed(pairs: Pairs, [position, how, value]: readonly [number, string, string]): Pairs {
  const at = pairs.length === 0 ? 0 : position % pairs.length
  const [name = 'x'] = pairs[at] ?? []
  if (how === 'drop') return pairs.filter((_, index) => index !== at)
  if (how === 'repeat') return [...pairs, [name, value]]
  if (how === 'add') return [...pairs, [value.slice(0, 40), value]]
  return pairs.map((pair, index): [string, string] => (index === at ? [name, value] : pair))
}

function bodyOf({ carrier }: Right, pairs: Pairs): string {
  return carrier === 'json' ? JSON.stringify(Object.fromEntries(pairs)) : new URLSearchParams(pairs).toString()
}
