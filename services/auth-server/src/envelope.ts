/**
 * The authorization request on its way through the browser: sealed, good for ten minutes, and of use to that browser only.
 * First a hidden field of the consent page, then (with the login that follows) a cookie. Nothing of it is kept here, so
 * whoever has not signed in occupies nothing.
 */
import { z } from 'zod'
import type { Context } from './context.ts'
import { type AuthorizationRequest, authorizationRequestSchema } from './domain/authorization-request.ts'

const LIFE_MS = 600_000
export const ENVELOPE_SECONDS = LIFE_MS / 1_000

/** Beside a login of about 700 characters it fits a cookie (RFC 6265 §6.1: 4,096 bytes). */
const REQUEST_CHARACTERS_MAX = 2_400

const consentSchema = z.object({ request: authorizationRequestSchema, expires_at: z.number() })

/** Bound to the browser by being sealed for its id: another browser's id does not open it (constant time, by AES-GCM). */
export function sealRequest(context: Context, browserId: string, request: AuthorizationRequest): string {
  return context.keyring.sealJson('consent', { request, expires_at: context.clock() + LIFE_MS }, browserId)
}

export function openRequest(
  context: Context,
  browserId: string,
  sealed: string | undefined,
): AuthorizationRequest | undefined {
  const value = sealed === undefined ? undefined : context.keyring.openJson('consent', sealed, browserId)
  const envelope = consentSchema.safeParse(value).data
  return envelope && envelope.expires_at >= context.clock() ? envelope.request : undefined
}

export function fits(sealed: string): boolean {
  return sealed.length <= REQUEST_CHARACTERS_MAX
}

const loginSchema = z.object({ request: authorizationRequestSchema, login: z.string(), begun_at: z.number() })
export type Login = z.infer<typeof loginSchema>

export function sealLogin(context: Context, state: string, login: Omit<Login, 'begun_at'>): string {
  return context.keyring.sealJson('login', { ...login, begun_at: context.clock() }, state)
}

/** Undefined when it is not ours, of another login, or too old. */
export function openLogin(context: Context, state: string, sealed: string): Login | undefined {
  const login = loginSchema.safeParse(context.keyring.openJson('login', sealed, state)).data
  return login && login.begun_at + LIFE_MS >= context.clock() ? login : undefined
}
