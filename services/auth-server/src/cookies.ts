/**
 * The three kinds of cookies: which browser this is, who is signed in in it, and one for each login that is under way, named
 * by the login's `state`, so that several tabs do not disturb each other.
 *
 * On an https issuer `__Host-` keeps other hosts from planting them; browsers drop that on http (a loopback issuer).
 */
import { newId } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import type { Context } from './context.ts'
import { ENVELOPE_SECONDS, openLogin } from './envelope.ts'

/** Logins under way at a time in one browser, and what they may weigh together: request headers are bounded everywhere. */
const LOGINS_MAX = 8
const LOGINS_BYTES_MAX = 10_000
/** RFC 6265 §6.1: what every browser keeps, name and attributes included. */
const COOKIE_BYTES_MAX = 3_900

const ID = /^[A-Za-z0-9_-]{22}$/

const isSecure = (context: Context) => context.config.issuer.startsWith('https:')
const prefix = (context: Context) => (isSecure(context) ? '__Host-' : '')
const loginPrefix = (context: Context) => `${prefix(context)}login-`
const attributes = (context: Context) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(context) }) as const

export function browserIdOf(context: Context, request: FastifyRequest): string | undefined {
  const id = request.cookies[`${prefix(context)}browser`]
  return id !== undefined && ID.test(id) ? id : undefined
}

/** The browser's id; a browser without one gets one. */
export function identifyBrowser(context: Context, request: FastifyRequest, reply: FastifyReply): string {
  const known = browserIdOf(context, request)
  if (known !== undefined) return known
  const id = newId()
  reply.setCookie(`${prefix(context)}browser`, id, attributes(context))
  return id
}

export function sessionCookieOf(context: Context, request: FastifyRequest): string | undefined {
  return request.cookies[`${prefix(context)}session`]
}

/** Lax, since clients of other sites send people here to be asked; what such a way may do is decided where it is used. */
export function keepSession(context: Context, reply: FastifyReply, value: string): void {
  const maxAge = context.config.sessions.max_seconds
  reply.setCookie(`${prefix(context)}session`, value, { ...attributes(context), maxAge })
}

export function dropSession(context: Context, reply: FastifyReply): void {
  reply.clearCookie(`${prefix(context)}session`, attributes(context))
}

/** False when it is too large for a browser to keep. The oldest logins make room for it. */
export function keepLogin(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  login: { readonly state: string; readonly sealed: string },
): boolean {
  const name = `${loginPrefix(context)}${login.state}`
  const size = name.length + login.sealed.length
  if (size > COOKIE_BYTES_MAX) return false
  let room = LOGINS_BYTES_MAX - size
  newestFirst(context, request).forEach((other, index) => {
    room -= other.size
    if (index >= LOGINS_MAX - 1 || room < 0) reply.clearCookie(other.name, attributes(context))
  })
  reply.setCookie(name, login.sealed, { ...attributes(context), maxAge: ENVELOPE_SECONDS })
  return true
}

/**
 * The sealed login of `state`, removed from the browser: its callback is called once, and in no other browser (RFC 6749
 * §10.12, RFC 9700 §4.7).
 */
export function takeLogin(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  state: string,
): string | undefined {
  const name = `${loginPrefix(context)}${state}`
  const sealed = ID.test(state) ? request.cookies[name] : undefined
  if (sealed !== undefined) reply.clearCookie(name, attributes(context))
  return sealed
}

interface LoginCookie {
  readonly name: string
  readonly size: number
  readonly begunAt: number
}

/** What cannot be opened any more comes last. */
function newestFirst(context: Context, request: FastifyRequest): readonly LoginCookie[] {
  const start = loginPrefix(context)
  return Object.entries(request.cookies)
    .filter(([name]) => name.startsWith(start))
    .map(([name, sealed = '']) => ({
      name,
      size: name.length + sealed.length,
      begunAt: openLogin(context, name.slice(start.length), sealed)?.begun_at ?? 0,
    }))
    .toSorted((a, b) => b.begunAt - a.begunAt)
}
