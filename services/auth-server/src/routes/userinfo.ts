/**
 * `GET` and `POST /oauth/userinfo` (OpenID Connect Core §5.3): who the user of an access token is now, as far as its scopes
 * go. Any of our access tokens that holds `openid` will do, whatever its audience.
 */
import { checkUser, type Introspection, introspectToken, type Profile } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { bearerOf, challenge } from '../bearer.ts'
import { ask, type Context, type Route } from '../context.ts'
import { readParameters } from '../domain/parameters.ts'
import { isForm } from '../form.ts'

export function userinfoRoutes(context: Context): readonly Route[] {
  const route = { url: '/oauth/userinfo', surface: 'json', cors: true, audit: 'audit.token.refused' } as const
  const handler: Route['handler'] = (request, reply) => userinfo(context, request, reply)
  return [
    { ...route, method: 'GET', handler },
    { ...route, method: 'POST', handler },
  ]
}

async function userinfo(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const token = tokenOf(request, reply)
  if (token === undefined) {
    challenge(reply)
    throw new Refusal('access_token_missing')
  }
  const active = await activeOf(context, request, token)
  // A machine's token is of nobody: it has no time at which somebody signed in.
  if (!active || active.auth_time === undefined || active.token_type === undefined) {
    challenge(reply, { error: 'invalid_token' })
    throw new Refusal('access_token_invalid')
  }
  const scopes = active.scope.split(' ')
  if (!scopes.includes('openid')) {
    challenge(reply, { error: 'insufficient_scope', scope: 'openid' })
    throw new Refusal('openid_missing')
  }
  const profile = await profileOf(context, request, reply, { sub: active.sub, since: active.auth_time })
  return reply.header('Cache-Control', 'no-store').send(claimsOf(profile, scopes))
}

/** RFC 6750 §2, §3.1: by one method. @throws Refusal `access_token_ambiguous` */
function tokenOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const inForm = tokenInForm(request)
  if (inForm === undefined) return bearerOf(request)
  if (request.headers.authorization === undefined) return inForm
  challenge(reply, { error: 'invalid_request' })
  throw new Refusal('access_token_ambiguous')
}

/** RFC 6750 §2.2. Never in the query (R9). */
function tokenInForm(request: FastifyRequest): string | undefined {
  return request.method === 'POST' && isForm(request) ? readParameters(request.body).get('access_token') : undefined
}

/**
 * The token-issuer verifies, revocations included, and answers clients about their own tokens. Whose this one says to be is
 * read unverified, to ask as that client; nothing is believed unless the answer is that it is active.
 */
async function activeOf(
  context: Context,
  request: FastifyRequest,
  token: string,
): Promise<Extract<Introspection, { active: true }> | undefined> {
  const client_id = claimedClientIdOf(token)
  if (client_id === undefined) return undefined
  const answer = await ask(context, request, introspectToken, { token, client_id })
  return answer.active ? answer : undefined
}

function claimedClientIdOf(token: string): string | undefined {
  const [, payload = ''] = token.split('.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const { client_id } = (claims ?? {}) as { client_id?: unknown }
    return typeof client_id === 'string' ? client_id : undefined
  } catch {
    return undefined
  }
}

/** Who was blocked, erased or must sign in again has no token that counts. */
async function profileOf(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  user: { readonly sub: string; readonly since: number },
): Promise<Profile> {
  try {
    return (await ask(context, request, checkUser, user)).profile
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    challenge(reply, { error: 'invalid_token' })
    throw new Refusal('access_token_invalid', { reason: error.code })
  }
}

/** OpenID Connect Core §5.4. */
function claimsOf({ sub, name, picture, email, email_verified }: Profile, scopes: readonly string[]) {
  return {
    sub,
    ...(scopes.includes('profile') ? { name, picture } : {}),
    ...(scopes.includes('email') ? { email, email_verified } : {}),
  }
}
