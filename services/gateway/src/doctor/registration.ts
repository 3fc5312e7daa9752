/** Registering as a client does (RFC 7591), and leaving nothing behind (RFC 7592). */
import { type Finding, found, quoted, unless } from './finding.ts'
import { type Answer, ask } from './http.ts'
import { listOf, type Step, textOf, type Visit } from './visit.ts'

export const REDIRECT_URI = 'http://127.0.0.1:33418/callback'

const withoutRegistration = (visit: Visit) => {
  if (!visit.isProtected) return 'the endpoint is public'
  return textOf(visit.server, 'registration_endpoint') === undefined ? 'there is no dynamic registration' : undefined
}

export const registrationSteps: readonly Step[] = [
  { title: 'A registration that must be refused', skip: withoutRegistration, look: refusedRegistration },
  {
    title: 'A registration',
    skip: (visit) => withoutRegistration(visit) ?? (visit.client ? 'a client was given' : undefined),
    look: registration,
  },
]

/** Last of all: what was registered for this visit goes. */
export const farewell: Step = {
  title: 'Deleting the registration again (RFC 7592)',
  skip: ({ client }) => {
    if (!client) return 'nothing was registered'
    return client.management ? undefined : 'not offered: what was registered ends by itself, or stays'
  },
  look: async ({ client }) => {
    const { uri = '', token = '' } = client?.management ?? {}
    const authorization = { Authorization: `Bearer ${token}` }
    const deleted = await ask(uri, { method: 'DELETE', headers: authorization })
    if (deleted.status !== 204) return [found('developer', `DELETE answers ${deleted.status}`, 'RFC 7592 §2.3: 204')]
    const again = await ask(uri, { headers: authorization })
    return unless([
      again.status === 401,
      found('developer', `a deleted client is read with ${again.status}`, 'RFC 7592 §2.1: 401'),
    ])
  },
}

const metadata = {
  client_name: 'gateway doctor',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

function register(visit: Visit, change: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  return ask(textOf(visit.server, 'registration_endpoint') ?? '', { json: { ...metadata, ...change } })
}

async function refusedRegistration(visit: Visit): Promise<readonly Finding[]> {
  // oxlint-disable-next-line no-script-url -- it must be refused
  const answer = await register(visit, { redirect_uris: ['javascript:alert(1)'] })
  if (isClosed(answer)) return []
  return unless([
    answer.status === 400 && textOf(answer.json, 'error') === 'invalid_redirect_uri',
    found(
      'developer',
      `a redirect URI javascript:… is answered ${answer.status}, error ${quoted(textOf(answer.json, 'error'))}`,
      'RFC 7591 §3.2.2: 400 invalid_redirect_uri',
    ),
  ])
}

/** An initial access token is wanted (RFC 7591 §3), or too many came. */
function isClosed({ status }: Answer): boolean {
  return [401, 403, 429].includes(status)
}

async function registration(visit: Visit): Promise<readonly Finding[]> {
  const answer = await register(visit)
  const { status, json, headers } = answer
  if (status === 429)
    return [
      found(
        'operator',
        'too many registrations at the moment',
        `wait ${headers.get('retry-after') ?? 'a while'} s, or raise the quota`,
      ),
    ]
  if (isClosed(answer))
    return [
      found(
        'operator',
        `registration is announced and closed (${status})`,
        'open it (registration), or tell clients the id that you configured and give it here with --client',
      ),
    ]
  if (status >= 500)
    return [found('operator', `registration answers ${status}`, 'see /ready and the log: something is down')]
  const id = textOf(json, 'client_id')
  if (id === undefined)
    return [
      found(
        'developer',
        `registration answers ${status} without a client_id (${quoted(textOf(json, 'error'))})`,
        'RFC 7591 §3.2.1',
      ),
    ]
  const [uri, token] = [textOf(json, 'registration_client_uri'), textOf(json, 'registration_access_token')]
  visit.client = { id, redirectUri: REDIRECT_URI, ...(uri && token ? { management: { uri, token } } : {}) }
  return unless(
    [status === 201, found('developer', `registration answers ${status}`, 'RFC 7591 §3.2.1: 201')],
    [
      listOf(json, 'redirect_uris').includes(REDIRECT_URI),
      found('developer', 'the answer does not repeat redirect_uris', 'RFC 7591 §3.2.1: all that was registered'),
    ],
    [
      textOf(json, 'token_endpoint_auth_method') === 'none' && textOf(json, 'client_secret') === undefined,
      found('developer', 'a public client is given a secret', 'native clients cannot keep one (RFC 8252 §8.4)'),
    ],
    [
      /no-store/i.test(headers.get('cache-control') ?? ''),
      found('developer', 'the answer may be stored by caches', 'RFC 7591 §3.2.1: Cache-Control: no-store'),
    ],
  )
}
