/** What browsers, probes and load balancers meet: CORS, HEAD, 404, health. */
import { type Finding, found, quoted, unless } from './finding.ts'
import { type Answer, ask } from './http.ts'
import type { Step, Visit } from './visit.ts'

const isPublic = ({ isProtected }: Visit) => (isProtected ? undefined : 'the endpoint is public')
/** A client that runs in a browser, such as the Inspector. */
const ORIGIN = 'http://localhost:6274'

export const webSteps: readonly Step[] = [
  { title: 'Documents for scripts of any origin (CORS)', skip: isPublic, look: documentsForScripts },
  { title: 'The preflight of a call', look: preflight },
  { title: 'Origins that nobody allowed', look: foreignOrigin },
  { title: 'HEAD', skip: isPublic, look: head },
  { title: 'An address that does not exist', look: missing },
  { title: 'What it depends on', look: dependencies },
]

const documentsOf = ({ endpoint, metadataUrl, issuer }: Visit): readonly string[] => [
  metadataUrl ?? `${endpoint.origin}/.well-known/oauth-protected-resource${endpoint.pathname}`,
  ...(issuer === undefined ? [] : [`${new URL(issuer).origin}/.well-known/oauth-authorization-server`]),
]

async function documentsForScripts(visit: Visit): Promise<readonly Finding[]> {
  const answers = await Promise.all(documentsOf(visit).map((url) => ask(url, { headers: { Origin: ORIGIN } })))
  return answers
    .filter(({ status }) => status === 200)
    .flatMap(({ url, headers }) =>
      unless([
        ['*', ORIGIN].includes(headers.get('access-control-allow-origin') ?? ''),
        found(
          'developer',
          `${url} may not be read by scripts`,
          'clients in browsers cannot go on: Access-Control-Allow-Origin: *',
        ),
      ]),
    )
}

async function preflight({ endpoint }: Visit): Promise<readonly Finding[]> {
  const { status, headers } = await ask(endpoint.href, {
    method: 'OPTIONS',
    headers: {
      Origin: endpoint.origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,mcp-protocol-version',
    },
  })
  if (status === 401)
    return [
      found(
        'developer',
        'the preflight is asked for a token',
        'browsers send none: answer it before authorization (Fetch §4.8)',
      ),
    ]
  const allowed = headers.get('access-control-allow-headers')?.toLowerCase() ?? ''
  return unless(
    [
      status >= 200 && status < 300,
      found(
        'operator',
        `the preflight is answered ${status}`,
        'let OPTIONS reach the gateway, and allow the origin (cors)',
      ),
    ],
    [
      allowed.includes('authorization'),
      found(
        'operator',
        `scripts may send ${quoted(allowed)} only`,
        'Authorization, Content-Type and MCP-Protocol-Version are needed (cors.allow_headers)',
      ),
    ],
  )
}

async function foreignOrigin({ endpoint }: Visit): Promise<readonly Finding[]> {
  const { headers } = await ask(endpoint.href, { headers: { Origin: 'https://attacker.invalid' } })
  const credentials = headers.get('access-control-allow-credentials') === 'true'
  const reflected = headers.get('access-control-allow-origin') === 'https://attacker.invalid'
  return unless([
    !(credentials && reflected),
    found(
      'operator',
      'every origin may call with the credentials of the browser',
      'list the origins (cors.allow_origins) instead of reflecting them',
    ),
  ])
}

async function head(visit: Visit): Promise<readonly Finding[]> {
  const pairs = await Promise.all(
    documentsOf(visit).map((url) => Promise.all([ask(url), ask(url, { method: 'HEAD' })] as const)),
  )
  return pairs.flatMap(([get, same]) =>
    unless([
      same.status === get.status,
      found('developer', `HEAD ${get.url} answers ${same.status}, GET ${get.status}`, 'RFC 9110 §9.3.2: the same'),
    ]),
  )
}

async function missing({ endpoint, issuer }: Visit): Promise<readonly Finding[]> {
  const origins = new Set([endpoint.origin, ...(issuer === undefined ? [] : [new URL(issuer).origin])])
  const answers = await Promise.all(
    [...origins].flatMap((origin) =>
      ['/.well-known/of-the-doctor', '/oauth/of-the-doctor'].map((path) => ask(origin + path)),
    ),
  )
  return answers.flatMap((answer) => unless([isPlain404(answer), notFound(answer)]))
}

function isPlain404({ status, json }: Answer): boolean {
  return status === 404 && json !== undefined
}

function notFound({ url, status, headers }: Answer): Finding {
  if (status === 404)
    return found(
      'developer',
      `${url} answers 404 with ${quoted(headers.get('content-type'))}`,
      'JSON: clients read an error page as a broken document',
    )
  return found(
    'operator',
    `${url} answers ${status} instead of 404`,
    'a page for every address in front of the gateway hides it: let its paths through',
  )
}

/** `/ready` of this gateway; others have none. */
async function dependencies({ endpoint }: Visit): Promise<readonly Finding[]> {
  const { status, json } = await ask(`${endpoint.origin}/ready`)
  if (status !== 503) return []
  const parts = Object.entries(
    (json?.dependencies ?? {}) as Readonly<Record<string, { status?: string; detail?: string }>>,
  )
  return parts
    .filter(([, part]) => part.status !== 'up')
    .map(([name, { detail }]) =>
      found(
        name === 'identity provider' ? 'provider' : 'operator',
        `${name} is down${detail === undefined ? '' : `: ${detail}`}`,
        'start it, or see why it does not answer',
      ),
    )
}
