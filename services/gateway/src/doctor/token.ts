/** The token endpoint: its errors, as clients read them (RFC 6749 §5.2). */
import { randomBytes } from 'node:crypto'
import { type Finding, found, quoted, unless } from './finding.ts'
import { type Answer, ask } from './http.ts'
import { type Step, textOf, type Visit } from './visit.ts'

const withoutEndpoint = (visit: Visit) => {
  if (!visit.isProtected) return 'the endpoint is public'
  return textOf(visit.server, 'token_endpoint') === undefined ? 'there is no token endpoint' : undefined
}
const withoutClient = (visit: Visit) =>
  withoutEndpoint(visit) ?? (visit.client ? undefined : 'there is no client to ask as (--client)')

export const tokenSteps: readonly Step[] = [
  { title: 'A token for nobody', skip: withoutEndpoint, look: unknownClient },
  { title: 'A code that was never issued', skip: withoutClient, look: inventedCode },
  { title: 'A refresh token that was never issued', skip: withoutClient, look: inventedRefreshToken },
  { title: 'A grant type that does not exist', skip: withoutClient, look: inventedGrant },
]

const invented = () => randomBytes(32).toString('base64url')

function token({ server }: Visit, form: Readonly<Record<string, string>>): Promise<Answer> {
  return ask(textOf(server, 'token_endpoint') ?? '', { form })
}

function refused({ status, json, headers }: Answer, errors: readonly string[], statuses = [400]): readonly Finding[] {
  const error = textOf(json, 'error')
  if (status >= 500) {
    return [
      found(
        'operator',
        `it is answered ${status} (${quoted(error)})`,
        `see /ready and the log: something is down${headers.has('retry-after') ? '' : '; and 503 lacks Retry-After'}`,
      ),
    ]
  }
  if (status < 400) return [found('developer', `it is answered ${status}`, 'it must be refused')]
  return unless(
    [
      errors.includes(error ?? ''),
      found(
        'developer',
        `error is ${quoted(error)}`,
        `${errors[0]} is right: clients decide by it whether to sign in again (RFC 6749 §5.2)`,
      ),
    ],
    [
      statuses.includes(status),
      found('developer', `it is answered ${status}`, `${statuses.join(' or ')} is right (RFC 6749 §5.2)`),
    ],
    [
      /no-store/i.test(headers.get('cache-control') ?? ''),
      found('developer', 'the answer may be stored by caches', 'Cache-Control: no-store (RFC 6749 §5.1)'),
    ],
  )
}

async function unknownClient(visit: Visit): Promise<readonly Finding[]> {
  const form = {
    grant_type: 'authorization_code',
    code: invented(),
    code_verifier: invented(),
    client_id: `doctor-${invented()}`,
  }
  return refused(
    await token(visit, { ...form, redirect_uri: 'http://127.0.0.1/callback' }),
    ['invalid_client'],
    [401, 400],
  )
}

async function inventedCode(visit: Visit): Promise<readonly Finding[]> {
  const { id = '', redirectUri = '' } = visit.client ?? {}
  const form = {
    grant_type: 'authorization_code',
    code: invented(),
    code_verifier: invented(),
    redirect_uri: redirectUri,
  }
  return refused(await token(visit, { ...form, client_id: id }), ['invalid_grant'])
}

async function inventedRefreshToken(visit: Visit): Promise<readonly Finding[]> {
  const form = { grant_type: 'refresh_token', refresh_token: invented(), client_id: visit.client?.id ?? '' }
  return refused(await token(visit, form), ['invalid_grant'])
}

async function inventedGrant(visit: Visit): Promise<readonly Finding[]> {
  const form = { grant_type: 'urn:example:of-the-doctor', client_id: visit.client?.id ?? '' }
  return refused(await token(visit, form), ['unsupported_grant_type'])
}
