/** Requests that are almost right, made by changing right ones: every endpoint of this service must answer each of them. */
import * as fc from 'fast-check'
import { REDIRECT_URI, type Request, VERIFIER } from './stage.ts'

export interface Almost {
  readonly path: string
  readonly request: Request
}

interface Right {
  readonly method: string
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly carrier: 'query' | 'form' | 'json'
}

export interface Ingredients {
  readonly client_id: string
  readonly challenge: string
  readonly resource: string
  /** Values that were right at some time: codes, tokens, sealed requests, states. */
  readonly found: readonly string[]
}

const post = (path: string, fields: Record<string, string>): Right => ({
  method: 'POST',
  path,
  fields,
  carrier: 'form',
})
const get = (path: string, fields: Record<string, string> = {}): Right => ({
  method: 'GET',
  path,
  fields,
  carrier: 'query',
})

function rightOnes({ client_id, challenge, resource, found }: Ingredients): readonly Right[] {
  const [value = 'x'] = found
  const authorization = {
    client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource,
    scope: 'read',
    state: 'xyz',
  }
  const code = { grant_type: 'authorization_code', client_id, code: value, code_verifier: VERIFIER }
  const metadata = { redirect_uris: REDIRECT_URI, client_name: 'x', token_endpoint_auth_method: 'none' }
  return [
    get('/oauth/authorize', authorization),
    post('/oauth/authorize', authorization),
    post('/oauth/par', authorization),
    get('/oauth/authorize', { client_id, request_uri: `urn:ietf:params:oauth:request_uri:${value}` }),
    post('/oauth/consent', { request: value, decision: 'approve' }),
    get('/oauth/callback', { state: value, code: 'x' }),
    post('/oauth/token', code),
    post('/oauth/token', { grant_type: 'refresh_token', client_id, refresh_token: value }),
    post('/oauth/token', { grant_type: 'client_credentials', client_id, client_secret: value }),
    post('/oauth/revoke', { client_id, token: value }),
    post('/oauth/introspect', { client_id, client_secret: value, token: value }),
    post('/oauth/userinfo', { access_token: value }),
    post('/oauth/register', metadata),
    { method: 'POST', path: '/oauth/register', fields: metadata, carrier: 'json' },
    { method: 'PUT', path: `/oauth/register/${client_id}`, fields: metadata, carrier: 'json' },
    { method: 'DELETE', path: '/oauth/register/x', fields: {}, carrier: 'query' },
    get('/account'),
    post('/account/sign-in', {}),
    post('/account/apps/disconnect', { token: value, client_id, resource }),
    post('/account/sessions/end', { token: value, session: value }),
    get('/.well-known/oauth-authorization-server/calculator/mcp'),
    get('/calculator/mcp/.well-known/openid-configuration'),
    get('/.well-known/jwks.json'),
    get('/schemas/audit/code.issued/v1.json'),
  ]
}

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

const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 40, unit: 'binary' }))
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

export function almostRight(ingredients: Ingredients): fc.Arbitrary<Almost> {
  const anywhere = fc.oneof(hostile, fc.constantFrom(...ingredients.found, ingredients.client_id))
  return fc
    .record({
      right: fc.constantFrom(...rightOnes(ingredients)),
      changes: fc.array(fc.tuple(fc.nat(20), fc.constantFrom('drop', 'repeat', 'replace', 'add'), anywhere), {
        maxLength: 3,
      }),
      headers,
      method: fc.option(fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'), { freq: 10 }),
      cut: fc.option(fc.nat(200), { freq: 10 }),
      suffix: fc.option(fc.constantFrom('/', '?', '?x=%', '/%2e%2e', ';x'), { freq: 20 }),
    })
    .map(({ right, changes, headers: extra, method, cut, suffix }) => {
      const pairs = changes.reduce(changed, Object.entries(right.fields))
      const text = bodyOf(right, pairs)
      const query = right.carrier === 'query' && text !== '' ? `?${text}` : ''
      const type = right.carrier === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
      const body = right.carrier === 'query' ? undefined : text.slice(0, cut ?? undefined)
      return {
        path: `${right.path}${suffix ?? ''}${query}`,
        request: {
          method: method ?? right.method,
          headers: { ...(body === undefined ? {} : { 'content-type': type }), ...extra },
          ...(body === undefined ? {} : { body }),
        },
      }
    })
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
