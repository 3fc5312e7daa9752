/** The authorization endpoint, as far as it can be seen without a user: what it must refuse, and how. */
import { hash, randomBytes } from 'node:crypto'
import { type Finding, found, quoted, unless } from './finding.ts'
import { type Answer, ask } from './http.ts'
import { type Step, textOf, type Visit } from './visit.ts'

const withoutEndpoint = (visit: Visit) => {
  if (!visit.isProtected) return 'the endpoint is public'
  return textOf(visit.server, 'authorization_endpoint') === undefined ? 'there is no authorization endpoint' : undefined
}
const withoutClient = (visit: Visit) =>
  withoutEndpoint(visit) ?? (visit.client ? undefined : 'there is no client to ask as (--client)')

export const authorizationSteps: readonly Step[] = [
  { title: 'A client that nobody knows', skip: withoutEndpoint, look: unknownClient },
  { title: 'A redirect URI that is not registered', skip: withoutClient, look: foreignRedirect },
  { title: 'PKCE missing, and PKCE plain', skip: withoutClient, look: weakPkce },
  { title: 'A resource that is not served here', skip: withoutClient, look: foreignResource },
  { title: 'A proper request', skip: withoutClient, look: properRequest },
]

const STATE = 'of-the-doctor'

function authorize(visit: Visit, change: Readonly<Record<string, string | undefined>> = {}): Promise<Answer> {
  const { client, server, endpoint, resource } = visit
  const url = new URL(textOf(server, 'authorization_endpoint') ?? '')
  const parameters: Readonly<Record<string, string | undefined>> = {
    response_type: 'code',
    client_id: client?.id ?? '',
    redirect_uri: client?.redirectUri ?? 'http://127.0.0.1/callback',
    code_challenge: hash('sha256', randomBytes(32).toString('hex'), 'base64url'),
    code_challenge_method: 'S256',
    resource: textOf(resource, 'resource') ?? endpoint.href,
    state: STATE,
    ...change,
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return ask(url.href, { headers: { Accept: 'text/html' } })
}

function locationOf({ url, status, headers }: Answer): URL | undefined {
  const location = headers.get('location')
  return status >= 300 && status < 400 && location !== null && URL.canParse(location, url)
    ? new URL(location, url)
    : undefined
}

/** Back at the client. */
function redirectOf(answer: Answer, visit: Visit): URL | undefined {
  const location = locationOf(answer)
  const own = visit.client && new URL(visit.client.redirectUri)
  return location && own && location.origin === own.origin && location.pathname === own.pathname ? location : undefined
}

/** RFC 6749 §4.1.2.1: the user is told, and the browser is sent nowhere. */
function staysHere(answer: Answer, what: string): readonly Finding[] {
  const location = locationOf(answer)
  if (answer.status >= 500)
    return [found('operator', `${what} is answered ${answer.status}`, 'see /ready and the log: something is down')]
  return unless([
    location === undefined && answer.status >= 400,
    found(
      'developer',
      `${what} is answered ${answer.status}${location ? `, on to ${quoted(location.host)}` : ''}`,
      'RFC 6749 §4.1.2.1: an error page and no redirect',
    ),
  ])
}

async function unknownClient(visit: Visit): Promise<readonly Finding[]> {
  return staysHere(
    await authorize(visit, { client_id: `doctor-${randomBytes(8).toString('hex')}` }),
    'an unknown client',
  )
}

async function foreignRedirect(visit: Visit): Promise<readonly Finding[]> {
  return staysHere(await authorize(visit, { redirect_uri: 'https://attacker.invalid/' }), 'a foreign redirect URI')
}

/** An error goes back to the client with `state`, and with `iss` where that is promised (RFC 9207 §2). */
function sentBack(answer: Answer, visit: Visit, errors: readonly string[], what: string): readonly Finding[] {
  const back = redirectOf(answer, visit)
  if (!back)
    return [
      found(
        'developer',
        `${what} is answered ${answer.status} instead of an error for the client`,
        `RFC 6749 §4.1.2.1: error=${errors[0]}`,
      ),
    ]
  const { searchParams } = back
  const promised = visit.server?.authorization_response_iss_parameter_supported === true
  return unless(
    [
      errors.includes(searchParams.get('error') ?? ''),
      found('developer', `${what}: error ${quoted(searchParams.get('error'))}`, `${errors[0]} is right`),
    ],
    [searchParams.get('state') === STATE, found('developer', `${what}: state does not come back`, 'RFC 6749 §4.1.2.1')],
    [
      !promised || searchParams.get('iss') === visit.issuer,
      found('developer', `${what}: iss is ${quoted(searchParams.get('iss'))}`, 'it was promised (RFC 9207 §2)'),
    ],
    [!searchParams.has('code'), found('developer', `${what}: it gives a code`, 'nobody has agreed to anything')],
  )
}

async function weakPkce(visit: Visit): Promise<readonly Finding[]> {
  const none = await authorize(visit, { code_challenge: undefined, code_challenge_method: undefined })
  const plain = await authorize(visit, { code_challenge_method: 'plain' })
  const errors = ['invalid_request']
  return [...sentBack(none, visit, errors, 'a request without PKCE'), ...sentBack(plain, visit, errors, 'PKCE plain')]
}

async function foreignResource(visit: Visit): Promise<readonly Finding[]> {
  const answer = await authorize(visit, { resource: 'https://elsewhere.invalid/mcp' })
  return sentBack(answer, visit, ['invalid_target'], 'a foreign resource (RFC 8707 §2)')
}

async function properRequest(visit: Visit): Promise<readonly Finding[]> {
  const answer = await authorize(visit)
  const back = redirectOf(answer, visit)
  if (answer.status >= 500)
    return [found('operator', `it is answered ${answer.status}`, 'see /ready and the log: something is down')]
  if (back?.searchParams.has('code'))
    return [found('developer', 'it gives a code to whoever asks', 'a user has to sign in and to agree')]
  if (back) {
    const error = back.searchParams.get('error')
    const who = error === 'server_error' || error === 'temporarily_unavailable' ? 'operator' : 'developer'
    return [
      found(
        who,
        `it is sent back with ${quoted(error)}: ${quoted(back.searchParams.get('error_description'))}`,
        'a page to sign in or to agree belongs here',
      ),
    ]
  }
  const next = locationOf(answer)
  if (next) return next.origin === new URL(answer.url).origin ? [] : signInPage(next)
  return unless(
    [
      answer.status === 200,
      found('developer', `it is answered ${answer.status}`, 'a page to sign in or to agree belongs here'),
    ],
    [
      cannotBeFramed(answer),
      found(
        'developer',
        'the page can be framed by others',
        "Content-Security-Policy: frame-ancestors 'none' (RFC 9700 §4.16)",
      ),
    ],
    [
      answer.headers.get('access-control-allow-origin') === null,
      found(
        'developer',
        'it may be read by scripts of other origins',
        'no CORS on the authorization endpoint (OAuth 2.1 §3.1)',
      ),
    ],
  )
}

function cannotBeFramed({ headers }: Answer): boolean {
  return /frame-ancestors/i.test(headers.get('content-security-policy') ?? '') || headers.has('x-frame-options')
}

/** Straight to the identity provider: whether that one knows the gateway. */
async function signInPage(url: URL): Promise<readonly Finding[]> {
  const { status } = await ask(url.href, { headers: { Accept: 'text/html' } })
  return unless([
    status < 400,
    found(
      'provider',
      `the identity provider at ${url.host} answers ${status} to the gateway's request`,
      'register the callback URL of the gateway there, with its client id',
    ),
  ])
}
