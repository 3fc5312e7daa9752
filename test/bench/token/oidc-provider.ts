/**
 * `oidc-provider` as a process of its own for the measurement, set up to do what the gateway does and nothing beside it: one
 * public client, PKCE, rotating refresh tokens, ES256 JWT access tokens with one audience, everything in memory. Signing in
 * takes no page. Its one argument is a {@link OidcProviderSetup} as JSON; prints its port.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { Adapter, AdapterFactory, AdapterPayload, Configuration } from 'oidc-provider'
import { Provider } from 'oidc-provider/lib/provider.js'

export interface OidcProviderSetup {
  readonly port: number
  readonly clientId: string
  readonly redirectUri: string
  readonly resource: string
  readonly scope: string
}

const setup = JSON.parse(process.argv[2] ?? '') as OidcProviderSetup
const issuer = `http://localhost:${setup.port}`
const SIGN_IN_PATH = '/sign-in/'

function configuration(): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'bench' }
  return {
    adapter: storeInMemory(),
    clients: [
      {
        client_id: setup.clientId,
        redirect_uris: [setup.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientAuthMethods: ['none'],
    responseTypes: ['code'],
    jwks: { keys: [key] },
    scopes: ['openid'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_context, { uid }) => `${SIGN_IN_PATH}${uid}` },
    loadExistingGrant: grantEverything,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    ttl: {
      AccessToken: 3_600,
      AuthorizationCode: 600,
      Grant: 86_400,
      Interaction: 3_600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => setup.resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: setup.scope,
          audience: setup.resource,
          accessTokenTTL: 3_600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

/** Signed in is asked enough. */
const grantEverything: Configuration['loadExistingGrant'] = async (context) => {
  const { client, session, provider: own } = context.oidc
  if (!client || !session?.accountId) return undefined
  const known = session.grantIdFor(client.clientId)
  const found = known === undefined ? undefined : await own.Grant.find(known)
  if (found) return found
  const grant = new own.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addResourceScope(setup.resource, setup.scope)
  await grant.save()
  return grant
}

/** As cheap as memory can be: nothing is copied, nothing is looked through, nothing is dropped. */
function storeInMemory(): AdapterFactory {
  const entries = new Map<string, AdapterPayload>()
  const byGrant = new Map<string, Set<string>>()
  const byUid = new Map<string, AdapterPayload>()
  return (model): Adapter => ({
    async upsert(id, payload) {
      const key = `${model}:${id}`
      entries.set(key, payload)
      if (payload.uid !== undefined) byUid.set(payload.uid, payload)
      if (payload.grantId === undefined) return
      byGrant.set(payload.grantId, (byGrant.get(payload.grantId) ?? new Set()).add(key))
    },
    find: async (id) => entries.get(`${model}:${id}`),
    findByUid: async (uid) => byUid.get(uid),
    findByUserCode: async () => undefined,
    async consume(id) {
      const payload = entries.get(`${model}:${id}`)
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000)
    },
    async destroy(id) {
      entries.delete(`${model}:${id}`)
    },
    async revokeByGrantId(grantId) {
      for (const key of byGrant.get(grantId) ?? []) entries.delete(key)
      byGrant.delete(grantId)
    },
  })
}

const provider = new Provider(issuer, configuration())
const protocol = provider.callback()
const handler: RequestListener = (request, response) => {
  if (!request.url?.startsWith(SIGN_IN_PATH)) return void protocol(request, response)
  void provider.interactionFinished(request, response, { login: { accountId: 'ada' }, consent: {} })
}
createServer(handler).listen(setup.port, '127.0.0.1', () => console.log(`port ${setup.port}`))
process.on('SIGTERM', () => process.exit(0))
