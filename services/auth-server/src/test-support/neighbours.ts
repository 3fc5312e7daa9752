/**
 * The services that the auth-server asks, for its tests: small, real, on the bus, and answering from memory. A test replaces
 * one answer to see what a refusal or an outage becomes.
 */
import { serve } from '@gateway/bus'
import {
  aggregates,
  authenticateClient,
  beginLogin,
  type Client,
  checkUser,
  deleteClient,
  endUpstreamSession,
  finishLogin,
  type IssueTokenInput,
  introspectToken,
  issueClientToken,
  issueToken,
  jwks,
  listFamilies,
  type RingName,
  readClient,
  refreshToken,
  registerClient,
  resolveClient,
  revokeFamily,
  revokeToken,
  type Service,
  updateClient,
} from '@gateway/contracts'
import { keyOf, newId, type Operation, Refusal } from '@gateway/kernel'
import { parseClientMetadata } from '@gateway/oauth'
import type { AppDeps } from '@gateway/service'

export interface Neighbours {
  readonly clients: Map<string, { readonly client: Client; readonly secret?: string }>
  /** The families that have been started. */
  readonly families: ReadonlyMap<string, IssueTokenInput>
  readonly revoked: readonly string[]
  /** How often each operation was asked. */
  readonly asked: Map<string, number>
  /** Answers differently from now on; throw a `Refusal` or `Unavailable` to see what becomes of it. */
  /** Sees what is asked of a subject from now on. */
  watch(subject: string, see: (input: unknown) => void): void
  replace<Input, Output>(operation: Operation<Input, Output>, answer: (input: Input) => Promise<Output>): void
}

export const profile = { sub: 'custom:4711', id: '4711', provider: 'custom', name: 'Ada', email: 'ada@example.com' }

type Answer = <Input, Output>(
  operation: Operation<Input, Output>,
  usual: (input: Input) => Promise<Output>,
) => Promise<unknown>

/** @param issuer where their identity provider sends the browser back to */
export async function startNeighbours(deps: AppDeps, issuer: string): Promise<Neighbours> {
  const asked = new Map<string, number>()
  const replaced = new Map<string, (input: never) => Promise<unknown>>()
  const watched = new Map<string, (input: unknown) => void>()
  const answer: Answer = <Input, Output>(
    operation: Operation<Input, Output>,
    usual: (input: Input) => Promise<Output>,
  ) =>
    serve(deps.bus, operation, deps.clock, async (input) => {
      asked.set(operation.subject, (asked.get(operation.subject) ?? 0) + 1)
      watched.get(operation.subject)?.(input)
      const other = replaced.get(operation.subject) as ((input: Input) => Promise<Output>) | undefined
      return (other ?? usual)(input)
    })
  const clients: Neighbours['clients'] = new Map()
  await serveRegistry(answer, deps, clients)
  const issued = await serveTokenIssuer(answer, deps)
  await serveProviderBridge(answer, deps, issuer)
  const replace: Neighbours['replace'] = (operation, other) => {
    replaced.set(operation.subject, other)
  }
  const watch: Neighbours['watch'] = (subject, see) => {
    watched.set(subject, see)
  }
  return { clients, ...issued, asked, replace, watch }
}

async function serveRegistry(answer: Answer, deps: AppDeps, clients: Neighbours['clients']): Promise<void> {
  const known = (clientId: string) => {
    const entry = clients.get(clientId)
    if (!entry) throw new Refusal('client_not_found')
    return entry
  }
  await answer(resolveClient, async ({ client_id }) => ({ client: known(client_id).client }))
  await answer(authenticateClient, async (credentials) => {
    const { client, secret } = known(credentials.client_id ?? '')
    const shown = 'client_secret' in credentials ? credentials.client_secret : undefined
    if (shown !== secret) throw new Refusal('client_authentication_failed')
    return { client }
  })
  await answer(registerClient, async ({ metadata }) => {
    const client: Client = {
      client_id: newId(),
      origin: 'registered',
      metadata: parseClientMetadata(metadata),
      registered_at: deps.clock(),
    }
    const secret = client.metadata.token_endpoint_auth_method === 'none' ? undefined : newId()
    clients.set(client.client_id, secret === undefined ? { client } : { client, secret })
    const managed = { client, registration_access_token: `manage-${client.client_id}` }
    return secret === undefined ? managed : { ...managed, client_secret: secret, client_secret_expires_at: 0 }
  })
  const managedBy = (clientId: string, token: string) => {
    const entry = clients.get(clientId)
    if (!entry || token !== `manage-${clientId}`) throw new Refusal('registration_access_token_invalid')
    return { client: entry.client, registration_access_token: token }
  }
  await answer(readClient, async (input) => managedBy(input.client_id, input.registration_access_token))
  await answer(updateClient, async (input) => {
    const managed = managedBy(input.client_id, input.registration_access_token)
    const client = { ...managed.client, metadata: parseClientMetadata(input.metadata) }
    clients.set(client.client_id, { client })
    return { ...managed, client }
  })
  await answer(deleteClient, async (input) => {
    managedBy(input.client_id, input.registration_access_token)
    clients.delete(input.client_id)
    return {}
  })
}

/** In the form of a JWT, since whose it is stands in it. */
function accessTokenOf(family: string, client_id: string): string {
  return `e30.${Buffer.from(JSON.stringify({ family, client_id })).toString('base64url')}.signature`
}

async function serveTokenIssuer(answer: Answer, deps: AppDeps): Promise<Pick<Neighbours, 'families' | 'revoked'>> {
  const families = new Map<string, IssueTokenInput>()
  const revoked: string[] = []
  const tokens = (family: string, scopes: readonly string[]) => ({
    access_token: accessTokenOf(family, families.get(family)?.client_id ?? family),
    token_type: 'Bearer' as const,
    expires_in: 3_600,
    refresh_token: `refresh-${family}`,
    scope: scopes.join(' '),
  })
  await answer(issueToken, async (input) => {
    if (families.has(input.family)) throw new Refusal('code_replayed')
    families.set(input.family, input)
    return tokens(input.family, input.scopes)
  })
  await answer(refreshToken, async ({ refresh_token, scopes }) => {
    const family = refresh_token.slice('refresh-'.length)
    const started = families.get(family)
    if (!started) throw new Refusal('refresh_token_invalid')
    return tokens(family, scopes ?? started.scopes)
  })
  await answer(revokeToken, async ({ token }) => {
    revoked.push(token)
    return {}
  })
  await answer(issueClientToken, async ({ client_id, scopes }) => {
    const { access_token, token_type, expires_in, scope } = tokens(client_id, scopes)
    return { access_token, token_type, expires_in, scope }
  })
  await answer(introspectToken, async ({ token, client_id }) => {
    const family = [...families.values()].find((one) => token === accessTokenOf(one.family, one.client_id))
    if (!family || family.client_id !== client_id || revoked.includes(family.family)) return { active: false }
    const { sub, resource: aud, scopes, auth_time, family: sid } = family
    const times = { iat: 0, exp: 1, auth_time }
    return { active: true, iss: 'x', sub, aud, client_id, scope: scopes.join(' '), token_type: 'Bearer', sid, ...times }
  })
  await answer(listFamilies, async ({ sub }) => ({
    families: [...families.values()]
      .filter((family) => family.sub === sub && !revoked.includes(family.family))
      .map(({ family, client_id, resource, scopes, auth_time }) => {
        const at = deps.clock()
        return { family, client_id, resource, scopes, auth_time, started_at: at, refreshed_at: at, expires_at: at }
      }),
  }))
  await answer(revokeFamily, async (input) => {
    const owner = families.get(input.family)?.sub
    if ('sub' in input && owner !== input.sub) throw new Refusal('family_unknown')
    revoked.push(input.family)
    return {}
  })
  await answer(jwks, async ({ ring }: { ring: RingName }) => ({
    keys: [{ kty: 'EC', kid: `${ring}-1`, alg: 'ES256', use: 'sig', crv: 'P-256', x: 'x', y: 'y' }],
  }))
  return { families, revoked }
}

/** Its provider needs no page: it sends the browser straight back with a code. */
async function serveProviderBridge(answer: Answer, deps: AppDeps, issuer: string): Promise<void> {
  const finished = new Set<string>()
  await answer(beginLogin, async () => {
    const state = newId()
    const url = `${issuer}/oauth/callback?code=upstream&state=${state}`
    return { url, state, login: `login of ${state}`, provider: 'Example ID' }
  })
  await answer(finishLogin, async ({ login }) => {
    if (finished.has(login)) throw new Refusal('login_repeated')
    finished.add(login)
    return { profile, auth_time: Math.floor(deps.clock() / 1_000) }
  })
  await answer(checkUser, async ({ sub }) => {
    if (sub !== profile.sub) throw new Refusal('user_unknown')
    return { profile }
  })
  await answer(endUpstreamSession, async () => ({}))
}

export const calculator: Service = {
  id: 'calculator',
  name: 'Calculator',
  url: 'http://localhost:8082/mcp',
  auth_required: true,
  oauth_provider: 'custom',
  scopes: ['read', 'calculate'],
  require_scopes: 'any',
  timeout: 30_000,
}

/** As the registry writes it. */
export async function list(deps: AppDeps, service: Service): Promise<void> {
  const subject = `${aggregates.service}.${keyOf(service.id)}`
  const state = { status: 'listed', service, source: 'test' }
  const commit = {
    id: `${newId()}.0`,
    version: 1,
    at: deps.clock(),
    actor: 'operator',
    events: [],
    state,
    stateVersion: 1,
  }
  await deps.bus.append(subject, commit.id, commit, 0)
}
