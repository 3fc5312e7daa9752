/**
 * A real, small OpenID Connect provider on `oidc-provider`: one client, invented people, PKCE required, keys made at start.
 * OpenID Connect Core §3.1, Discovery §4, RFC 7636, RFC 9207. Everything it knows is gone when it stops.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { ClientMetadata, Configuration, JWK } from 'oidc-provider'
import { base, Prompt } from 'oidc-provider/lib/helpers/interaction_policy/index.js'
import { Provider } from 'oidc-provider/lib/provider.js'
import { isLoopback, listen, type Running } from './listen.ts'
import { memoryAdapter } from './memory-adapter.ts'
import { pageHeaders, renderPage, sendPage } from './pages.ts'
import { avatarSvg, findPerson } from './people.ts'
import { answerSignIn, SIGN_IN_PATH } from './sign-in.ts'

export interface DemoProviderOptions {
  /** `localhost` listens on both loopback addresses. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** Where browsers reach it, when that is not `http://<host>:<port>` (a published container port). */
  readonly issuer?: string | undefined
}

export async function startDemoProvider(options: DemoProviderOptions): Promise<Running> {
  const server = await listen(options.host, options.port)
  const issuer = options.issuer ?? server.url
  try {
    server.answer(createHandler(issuer, options))
  } catch (error) {
    await server.close()
    throw error
  }
  return { url: issuer, close: () => server.close() }
}

function createHandler(issuer: string, options: DemoProviderOptions): RequestListener {
  const provider = new Provider(issuer, configure(issuer, options))
  const protocol = provider.callback()
  const origin = new URL(issuer)
  return (request, response) => {
    if (isLoopback(options.host) && !servedHere(request, origin)) {
      return sendPage(response, 421, message('Not served here', 'This demo answers on this machine only.'))
    }
    // The library builds the URLs of its metadata from the Host header; the issuer's is the only one that is ours.
    request.headers.host = origin.host
    const path = new URL(request.url ?? '/', origin).pathname
    if (path === '/favicon.ico') return response.writeHead(204).end()
    if (path === '/')
      return sendPage(response, 200, message('Ready', `This provider signs people in for ${client(options)}.`))
    const person = findPerson(/^\/avatars\/([a-z-]+)\.svg$/.exec(path)?.[1] ?? '')
    if (person) {
      response.writeHead(200, {
        'Content-Type': 'image/svg+xml',
        'Cache-Control': 'public, max-age=86400',
        ...NO_SNIFF,
      })
      return response.end(avatarSvg(person))
    }
    if (path.startsWith(SIGN_IN_PATH)) return void answerSignIn(provider, request, response)
    return void protocol(request, response)
  }
}

const NO_SNIFF = { 'X-Content-Type-Options': 'nosniff' }

const client = (options: DemoProviderOptions): string => new URL(options.redirectUri).host

const message = (title: string, text: string) => ({ view: 'message', data: { title, text } }) as const

/** Stops DNS rebinding: a foreign page whose name resolves to this machine still sends its own name as Host. */
function servedHere(request: IncomingMessage, issuer: URL): boolean {
  const host = request.headers.host?.toLowerCase() ?? ''
  return host === issuer.host || isLoopback(host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))
}

function configure(issuer: string, options: DemoProviderOptions): Configuration {
  return {
    adapter: memoryAdapter(),
    clients: [clientOf(options)],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    responseTypes: ['code'],
    jwks: { keys: [newSigningKey()] },
    scopes: ['openid', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name', 'picture', 'groups'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    findAccount: (_context, sub) => account(issuer, sub),
    interactions: { policy: policy(), url: (_context, interaction) => `${SIGN_IN_PATH}${interaction.uid}` },
    loadExistingGrant: grantEverything,
    renderError(context, _out, error) {
      context.set(pageHeaders)
      const text = `The sign-in request was not understood (${'error' in error ? error.error : 'server_error'}).`
      context.body = renderPage(message('That did not work', `${text} Please go back and start again.`))
    },
    clientBasedCORS: () => false,
    ttl: TTL_SECONDS,
    cookies: {
      // Cookies know no ports: on one machine these lie beside the gateway's own.
      names: { session: 'demo_provider_session', interaction: 'demo_provider_sign_in', resume: 'demo_provider_resume' },
      keys: [randomBytes(32).toString('base64url')],
    },
    features: FEATURES,
  }
}

const TTL_SECONDS = {
  AccessToken: 600,
  AuthorizationCode: 60,
  Grant: 86_400,
  IdToken: 600,
  Interaction: 3_600,
  Session: 86_400,
}

const FEATURES: Configuration['features'] = {
  devInteractions: { enabled: false },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  resourceIndicators: { enabled: false },
  rpInitiatedLogout: { enabled: false },
}

function clientOf(options: DemoProviderOptions): ClientMetadata {
  return {
    client_id: options.clientId,
    client_secret: options.clientSecret,
    redirect_uris: [options.redirectUri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES256',
  }
}

function newSigningKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    ...privateKey.export({ format: 'jwk' }),
    use: 'sig',
    alg: 'ES256',
    kid: randomBytes(8).toString('base64url'),
  }
}

/** `select_account` is answered by the same page as `login`: it always asks who. */
function policy(): ReturnType<typeof base> {
  const prompts = base()
  prompts.add(new Prompt({ name: 'select_account', requestable: true }), 0)
  return prompts
}

/** Choosing a person is the whole consent: what the client asked for is granted with it. */
const grantEverything: Configuration['loadExistingGrant'] = async (context) => {
  const { client, session, provider, params, result } = context.oidc
  if (!client || !session?.accountId) return undefined
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  const grant =
    (known === undefined ? undefined : await provider.Grant.find(known)) ??
    new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(typeof params?.scope === 'string' ? params.scope : 'openid')
  await grant.save()
  return grant
}

function account(issuer: string, sub: string) {
  const person = findPerson(sub)
  if (!person) return undefined
  const { id, name, email, groups } = person
  return {
    accountId: id,
    claims: () => ({ sub: id, name, email, email_verified: true, groups, picture: `${issuer}/avatars/${id}.svg` }),
  }
}
