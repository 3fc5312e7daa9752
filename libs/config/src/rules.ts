/** What takes more than one key to judge. Works on unchecked values, so that these problems are told together with all others. */
import { isMapping } from './normalise.ts'
import type { Path, Problems } from './problems.ts'
import { isLoopback } from './sections/fields.ts'
import { RESERVED_SERVICE_IDS, SERVICE_ID } from './sections/service.ts'
import { PROFILE_CLAIMS } from './sections/tokens.ts'
import { MAKE_SECRET, weakness } from './session-secret.ts'

type Tree = Readonly<Record<string, unknown>>

export interface Judged {
  readonly problems: Problems
  readonly warnings: string[]
}

export function judge(tree: Tree, judged: Judged): void {
  judgeSecrets(tree, judged)
  judgeServices(tree, judged)
  judgeProvider(tree, judged)
  judgeClients(tree, judged)
  judgeTokens(tree, judged)
  warnOfCors(tree, judged)
}

const mappingAt = (tree: Tree, key: string): Tree => {
  const value = tree[key]
  return isMapping(value) ? value : {}
}

/** Secrets of ours: `session_secret`, and the sealing keys that replace it as the root. */
function judgeSecrets(tree: Tree, { problems, warnings }: Judged): void {
  const sealing = mappingAt(mappingAt(tree, 'storage'), 'sealing_keys')
  const secrets: [Path, unknown][] = [
    [['session_secret'], tree.session_secret],
    ...Object.entries(mappingAt(sealing, 'keys')).map(([id, value]): [Path, unknown] => [
      ['storage', 'sealing_keys', 'keys', id],
      value,
    ]),
  ]
  for (const [path, value] of secrets) {
    const weak = typeof value === 'string' && value !== '' ? weakness(value) : undefined
    if (weak === undefined) continue
    if (isLoopbackIssuer(tree.issuer)) {
      warnings.push(
        `${path.join('.')} is WEAK (${weak}): fit for trying things out on this machine only; make a good one with: ${MAKE_SECRET}`,
      )
    } else problems.add(path, `is too weak for a public issuer: ${weak}; make a good one with: ${MAKE_SECRET}`)
  }
}

function isLoopbackIssuer(issuer: unknown): boolean {
  return typeof issuer === 'string' && URL.canParse(issuer) && isLoopback(new URL(issuer))
}

function judgeServices(tree: Tree, { problems, warnings }: Judged): void {
  const services = mappingAt(tree, 'mcp_services')
  const providers = Object.keys(mappingAt(tree, 'oauth_providers'))
  for (const [id, service] of Object.entries(services)) {
    const path = ['mcp_services', id]
    if (!SERVICE_ID.test(id)) {
      problems.add(path, 'a service id is 1 to 64 letters, digits, dots, _ or -, and begins with a letter or digit')
    } else if (RESERVED_SERVICE_IDS.includes(id.toLowerCase())) {
      problems.add(path, `this id is reserved for the gateway's own routes; so are ${RESERVED_SERVICE_IDS.join(', ')}`)
    }
    if (!isMapping(service)) continue
    judgeServiceProvider(path, service, providers, problems)
    judgeServiceRules(path, service, problems)
  }
  if (Object.keys(services).length === 0) warnings.push('mcp_services is empty: there is nothing to forward to')
}

function judgeServiceProvider(path: Path, service: Tree, providers: readonly string[], problems: Problems): void {
  const isPublic = service.auth_required === false
  const named = service.oauth_provider
  if (providers.length === 0) {
    if (!isPublic) {
      problems.add(path, 'needs a sign-in, but oauth_providers is empty: configure one, or set auth_required: false')
    }
  } else if (providers.length === 1 && typeof named === 'string' && named !== providers[0]) {
    problems.add(
      [...path, 'oauth_provider'],
      `names ${JSON.stringify(named)}, but the provider configured is ${providers[0]}`,
    )
  }
}

/** A rule that no token can ever meet, or that nobody has a token for, is a mistake. */
function judgeServiceRules(path: Path, service: Tree, problems: Problems): void {
  const offered = Array.isArray(service.scopes) ? service.scopes : []
  for (const scope of Object.keys(mappingAt(service, 'scope_descriptions'))) {
    if (offered.includes(scope)) continue
    problems.add([...path, 'scope_descriptions', scope], "describes what is not among the service's own scopes")
  }
  if (service.auth_required === false && 'audience' in service) {
    problems.add([...path, 'audience'], 'has no meaning on a public service, which is never told who calls')
  }
  const upstream = mappingAt(service, 'upstream')
  if (upstream.user_token === true) {
    const place = [...path, 'upstream', 'user_token']
    if (service.auth_required === false)
      problems.add(place, 'has no meaning on a public service, where nobody signs in')
    if ('client_credentials' in upstream) problems.add(place, 'and client_credentials cannot both be the Authorization')
  }
  for (const kind of ['tools', 'resources', 'prompts']) {
    const rules = Object.entries(mappingAt(service, kind))
    if (rules.length > 0 && service.auth_required === false) {
      problems.add([...path, kind], 'cannot be judged on a public service, where nobody has scopes')
    }
    for (const [pattern, rule] of rules) {
      const scopes = isMapping(rule) ? rule.scopes : rule
      const strange = Array.isArray(scopes) ? scopes.filter((scope) => !offered.includes(scope)) : []
      if (strange.length === 0) continue
      problems.add(
        [...path, kind, pattern],
        `takes scopes that are not among the service's own: ${strange.map((scope) => JSON.stringify(scope)).join(', ')}`,
      )
    }
  }
}

const URL_KEYS = ['issuer', 'authorization_url', 'token_url', 'userinfo_url', 'jwks_url', 'revocation_url'] as const
/** Providers whose addresses follow from these keys; what to say where one is missing. */
const KNOWN_PROVIDERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  google: {},
  github: {},
  okta: { domain: 'domain (or OKTA_DOMAIN), such as dev-123.okta.com' },
  auth0: { domain: 'domain, such as example.eu.auth0.com' },
  entra: { tenant: 'tenant, the id of the directory' },
  keycloak: { domain: 'domain, such as keycloak.example.com', realm: 'realm' },
}

function judgeProvider(tree: Tree, { problems }: Judged): void {
  const providers = Object.entries(mappingAt(tree, 'oauth_providers'))
  if (providers.length > 1) {
    const names = providers.map(([id]) => id).join(', ')
    problems.add(
      ['oauth_providers'],
      `there are ${providers.length} (${names}), but only one can be: a client asks for a service, not for a provider (RFC 8707), so nobody could choose`,
    )
    return
  }
  const [id, provider] = providers[0] ?? []
  if (id === undefined || !isMapping(provider)) return
  const path = ['oauth_providers', id]
  // It stands in `sub` before the first colon and in a header.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(id)) {
    problems.add(path, 'a provider id is 1 to 32 letters, digits, dots, _ or -, and begins with a letter or digit')
  }
  judgeProviderUrls(path, provider, problems)
  const explicit = 'issuer' in provider || ('authorization_url' in provider && 'token_url' in provider)
  judgeClientAuthentication(path, provider, problems)
  if (explicit) return
  const needed = Object.hasOwn(KNOWN_PROVIDERS, id) ? KNOWN_PROVIDERS[id] : undefined
  if (!needed) problems.add(path, 'needs issuer, or authorization_url and token_url: its addresses are not known')
  for (const [key, missing] of Object.entries(needed ?? {})) {
    if (!(key in provider)) problems.add(path, `needs ${missing}`)
  }
}

/** RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2: what each way of proving itself needs. */
const PROOFS: Readonly<Record<string, readonly string[]>> = {
  client_secret_post: ['client_secret'],
  client_secret_basic: ['client_secret'],
  private_key_jwt: ['private_key'],
  tls_client_auth: ['tls_certificate', 'tls_key'],
}

function judgeClientAuthentication(path: Path, provider: Tree, problems: Problems): void {
  const method = provider.client_authentication
  const needed = typeof method === 'string' && Object.hasOwn(PROOFS, method) ? (PROOFS[method] ?? []) : []
  for (const key of needed) {
    if (!(key in provider)) problems.add([...path, 'client_authentication'], `needs ${key}`)
  }
}

function judgeProviderUrls(path: Path, provider: Tree, problems: Problems): void {
  if (provider.allow_insecure === true) return
  for (const key of URL_KEYS) {
    const value = provider[key]
    if (typeof value !== 'string' || !URL.canParse(value)) continue
    const url = new URL(value)
    if (url.protocol === 'http:' && !isLoopback(url)) {
      problems.add([...path, key], 'must be https beyond this machine (or set allow_insecure: true, for tests)')
    }
  }
}

/**
 * RFC 9068 §5: a client's own token has its id as `sub`, and a user's has `<provider>:<id>`, so no client may have an id that
 * could be a user's.
 */
function judgeClients(tree: Tree, { problems }: Judged): void {
  const providers = Object.keys(mappingAt(tree, 'oauth_providers'))
  for (const id of Object.keys(mappingAt(tree, 'clients'))) {
    const provider = providers.find((name) => id.startsWith(`${name}:`))
    if (provider === undefined) continue
    const why = `begins with "${provider}:" as the users of that provider do: as a machine it could be taken for one of them (RFC 9068 §5)`
    problems.add(['clients', id], why)
  }
}

function judgeTokens(tree: Tree, { problems, warnings }: Judged): void {
  const tokens = mappingAt(tree, 'tokens')
  const { refresh_ttl_seconds: sliding = 30 * 86_400, refresh_max_seconds: absolute = 365 * 86_400 } = tokens
  if (typeof sliding === 'number' && typeof absolute === 'number' && sliding > absolute) {
    problems.add(['tokens', 'refresh_ttl_seconds'], `is longer than refresh_max_seconds (${absolute})`)
  }
  const claims = tokens.profile_claims
  if (!Array.isArray(claims)) return
  const lost = PROFILE_CLAIMS.filter((claim) => !claims.includes(claim)).map((claim) => HEADERS[claim])
  if (lost.length > 0) warnings.push(`tokens.profile_claims leaves out what backends would get as ${lost.join(', ')}`)
}

const HEADERS: Readonly<Record<(typeof PROFILE_CLAIMS)[number], string>> = {
  email: 'x-user-email',
  name: 'x-user-name',
  picture: 'x-user-avatar',
  provider: 'x-user-provider',
}

/** Fetch §3.2.5: a wildcard cannot be combined with credentials, and reflecting every origin with them is original-17. */
function warnOfCors(tree: Tree, { warnings }: Judged): void {
  const cors = mappingAt(tree, 'cors')
  const origins = cors.allow_origins
  if (Array.isArray(origins) && origins.includes('*') && cors.allow_credentials === true) {
    warnings.push('cors.allow_credentials has no effect for the origin "*": every origin may call, without credentials')
  }
}
