/** Who is signed in in this browser: the session of its cookie, and what the provider-bridge says of that user now. */
import { checkUser, type Profile } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { ask, type Context } from './context.ts'
import { dropSession, keepSession, sessionCookieOf } from './cookies.ts'
import { browserName } from './domain/session.ts'
import type { FoundSession } from './sessions.ts'

export interface Account {
  readonly session: FoundSession
  readonly profile: Profile
  /** Milliseconds since the epoch: what an earlier sign-in gave has ended. */
  readonly requiredSince: number
}

/**
 * Undefined when nobody is signed in, and when this user may not use `service`. Who is blocked, erased or must sign in again
 * is signed out.
 * @throws Unavailable
 */
export async function signedIn(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  service?: string,
): Promise<Account | undefined> {
  const cookie = sessionCookieOf(context, request)
  if (cookie === undefined) return undefined
  const session = await context.sessions.find(cookie)
  if (!session) {
    dropSession(context, reply)
    return undefined
  }
  const { sub, auth_time: since } = session
  // pain-14: a session ends with the standing of its user.
  try {
    const user = await ask(context, request, checkUser, { sub, since, service })
    return { session, profile: user.profile, requiredSince: user.sign_in_required_since ?? 0 }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code !== 'user_denied' || service === undefined) {
      await context.sessions.end(sub, session.key)
      dropSession(context, reply)
    }
    return undefined
  }
}

/**
 * Signs this browser in, and whoever was signed in before out (advisory: sign-in page leaves the old session). A new id each
 * time, so that nobody can plant one. The sign-in itself has succeeded: a store that is away keeps no session, and takes
 * nothing else away.
 */
export async function signIn(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  user: { readonly sub: string; readonly auth_time: number },
): Promise<void> {
  dropSession(context, reply)
  try {
    const before = sessionCookieOf(context, request)
    const old = before === undefined ? undefined : await context.sessions.find(before)
    if (old) await context.sessions.end(old.sub, old.key)
    const browser = browserName(request.headers['user-agent'])
    keepSession(context, reply, await context.sessions.begin({ ...user, browser }))
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    request.log.warn({ err: error }, 'the browser session could not be kept')
  }
}
