/** What a client reads before it does anything: RFC 9728, RFC 8414, the keys. */
import { type Finding, found, quoted, unless } from './finding.ts'
import { type Answer, ask } from './http.ts'
import { isSafeUrl, listOf, type Step, textOf, type Visit } from './visit.ts'

const isPublic = ({ isProtected }: Visit) => (isProtected ? undefined : 'the endpoint is public')
const withoutServer = (visit: Visit) =>
  isPublic(visit) ?? (visit.server ? undefined : 'there is no metadata of an authorization server')

export const discoverySteps: readonly Step[] = [
  { title: 'The metadata of the resource (RFC 9728)', skip: isPublic, look: resourceMetadata },
  { title: 'Its forms that clients guess', skip: isPublic, look: resourceForms },
  {
    title: 'The metadata of the authorization server (RFC 8414)',
    skip: (visit) => isPublic(visit) ?? (visit.issuer ? undefined : 'the resource names no authorization server'),
    look: serverMetadata,
  },
  { title: 'What it promises', skip: withoutServer, look: promises },
  { title: 'Its keys', skip: withoutServer, look: keys },
]

const well = (origin: string, name: string, path: string) => `${origin}/.well-known/${name}${path === '/' ? '' : path}`

async function resourceMetadata(visit: Visit): Promise<readonly Finding[]> {
  const { endpoint } = visit
  const url = visit.metadataUrl ?? well(endpoint.origin, 'oauth-protected-resource', endpoint.pathname)
  const answer = await ask(url)
  const unreadable = notADocument(answer)
  if (unreadable) return [unreadable]
  visit.resource = answer.json ?? {}
  const [issuer] = listOf(answer.json, 'authorization_servers')
  if (issuer !== undefined) visit.issuer = issuer
  const resource = textOf(answer.json, 'resource')
  return unless(
    [
      resource === endpoint.href,
      found(
        'operator',
        `resource is ${quoted(resource)}, and clients connect to ${endpoint.href}: they must refuse it (RFC 9728 §3.3)`,
        'set issuer to the public origin, or use the URL that is named',
      ),
    ],
    [issuer !== undefined, found('developer', 'authorization_servers names nobody', 'MCP wants at least one')],
    [
      issuer === undefined || isSafeUrl(issuer),
      found('operator', `the authorization server ${quoted(issuer)} is not https`, 'set issuer to the public origin'),
    ],
  )
}

async function resourceForms({ endpoint, resource }: Visit): Promise<readonly Finding[]> {
  const inserted = await ask(well(endpoint.origin, 'oauth-protected-resource', endpoint.pathname))
  const root = await ask(well(endpoint.origin, 'oauth-protected-resource', '/'))
  const sameAs = (answer: Answer) => textOf(answer.json, 'resource') === textOf(resource, 'resource')
  return unless(
    [
      inserted.status === 200 && sameAs(inserted),
      found(
        'developer',
        `${inserted.url} answers ${inserted.status}${inserted.status === 200 ? ' with another document' : ''}`,
        'clients without the challenge look there (RFC 9728 §3.1)',
      ),
    ],
    [
      root.status >= 400 || sameAs(root) || root.json !== undefined,
      found(
        'operator',
        `${root.url} answers ${root.status} with what is no JSON`,
        'let the path reach the gateway: clients take such a page for the document',
      ),
    ],
  )
}

async function serverMetadata(visit: Visit): Promise<readonly Finding[]> {
  const issuer = new URL(visit.issuer ?? '')
  const forms = [
    well(issuer.origin, 'oauth-authorization-server', issuer.pathname),
    well(issuer.origin, 'openid-configuration', issuer.pathname),
    `${issuer.href.replace(/\/$/, '')}/.well-known/openid-configuration`,
  ]
  const answers = await Promise.all([...new Set(forms)].map((url) => ask(url)))
  const documents = answers.filter(({ status, json }) => status === 200 && json !== undefined)
  const [first] = documents
  if (!first) {
    const unreadable = answers.map(notADocument).find((finding) => finding !== undefined)
    return unreadable ? [unreadable] : []
  }
  visit.server = first.json ?? {}
  return documents.flatMap(({ url, json }) =>
    unless([
      textOf(json, 'issuer') === visit.issuer,
      found(
        'operator',
        `${url}: issuer is ${quoted(textOf(json, 'issuer'))} instead of ${quoted(visit.issuer)}: clients must refuse it (RFC 8414 §3.3)`,
        'one spelling everywhere: set issuer',
      ),
    ]),
  )
}

async function promises({ server }: Visit): Promise<readonly Finding[]> {
  const endpoints = ['authorization_endpoint', 'token_endpoint'].flatMap((key) =>
    unless([
      isSafeUrl(textOf(server, key)),
      found('operator', `${key} is ${quoted(textOf(server, key))}`, 'an https URL belongs there: set issuer'),
    ]),
  )
  const grants = listOf(server, 'grant_types_supported')
  return [
    ...endpoints,
    ...unless(
      [
        listOf(server, 'code_challenge_methods_supported').includes('S256'),
        found(
          'developer',
          'code_challenge_methods_supported lacks S256',
          'MCP clients must refuse to go on without it',
        ),
      ],
      [
        listOf(server, 'response_types_supported').includes('code'),
        found('developer', 'response_types_supported lacks code', 'RFC 8414 §2 wants it'),
      ],
      [
        server?.client_id_metadata_document_supported === true || textOf(server, 'registration_endpoint') !== undefined,
        found(
          'operator',
          'clients can neither register nor use a metadata document',
          'open one of them (registration), or tell clients the id that you configured',
        ),
      ],
      [
        grants.length === 0 || grants.includes('refresh_token'),
        found('developer', 'there are no refresh tokens', 'people sign in again whenever an access token ends'),
      ],
      [
        server?.authorization_response_iss_parameter_supported === true,
        found(
          'developer',
          'authorization_response_iss_parameter_supported is not true',
          'RFC 9207: without iss a client can be confused about whom it talks to',
        ),
      ],
    ),
  ]
}

async function keys({ server }: Visit): Promise<readonly Finding[]> {
  const url = textOf(server, 'jwks_uri')
  if (url === undefined) return []
  const answer = await ask(url)
  const unreadable = notADocument(answer)
  if (unreadable) return [unreadable]
  const list = (Array.isArray(answer.json?.keys) ? answer.json.keys : []) as Readonly<Record<string, unknown>>[]
  return unless(
    [list.length > 0, found('operator', `${url} holds no key`, 'see the log: keys could not be made or read')],
    [
      list.every(({ kid }) => typeof kid === 'string'),
      found('developer', 'a key has no kid', 'verifiers cannot tell which one to take'),
    ],
    [
      !list.some((key) => 'd' in key || key.kty === 'oct'),
      found('developer', `${url} publishes a secret key`, 'retire it at once: whoever read it can make tokens'),
    ],
  )
}

/** Why an answer is no JSON document; undefined when it is one. */
function notADocument({ url, status, json, headers }: Answer): Finding | undefined {
  if (status >= 500) return found('operator', `${url} answers ${status}`, 'see /ready and the log: something is down')
  if (status >= 300 && status < 400)
    return found(
      'operator',
      `${url} redirects to ${quoted(headers.get('location'))}`,
      'serve it at this URL: clients do not follow',
    )
  if (status !== 200)
    return found('operator', `${url} answers ${status}`, 'let the load balancer pass this path to the gateway')
  if (json === undefined)
    return found(
      'operator',
      `${url} answers with what is no JSON (${quoted(headers.get('content-type'))})`,
      'let this path reach the gateway, not a web page',
    )
  return undefined
}
