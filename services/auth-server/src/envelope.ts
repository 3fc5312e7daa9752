/**
 * The authorization request on its way through the browser: sealed, good for ten minutes, and of use to that browser only.
 * First a hidden field of the consent page, then (with the login that follows) a cookie. Nothing of it is kept here, so
 * whoever has not signed in occupies nothing.
 */
import { newId } from '@gateway/kernel'
import { z } from 'zod'
import type { Context } from './context.ts'
import { type AuthorizationRequest, authorizationRequestSchema } from './domain/authorization-request.ts'

const LIFE_MS = 600_000
export const ENVELOPE_SECONDS = LIFE_MS / 1_000

/** Beside a login of about 700 characters it fits a cookie (RFC 6265 §6.1: 4,096 bytes). */
const REQUEST_CHARACTERS_MAX = 2_400

const consentSchema = z.object({
  /** One per page that was shown: what makes its approval count once. */
  id: z.string(),
  request: authorizationRequestSchema,
  /** The account that the page named: only for that one does its approval need no sign-in. */
  account: z.string().optional(),
  expires_at: z.number(),
})
export type Envelope = z.infer<typeof consentSchema>

/** RFC 6749 §10.12, RFC 9700 §4.7.1: bound to the browser by being sealed for its id; another browser's id does not open it (constant time, by AES-GCM). */
export function sealRequest(
  context: Context,
  browserId: string,
  request: AuthorizationRequest,
  account?: string,
): string {
  const envelope: Envelope = { id: newId(), request, account, expires_at: context.clock() + LIFE_MS }
  return context.keyring.sealJson('consent', envelope, browserId)
}

export function openRequest(context: Context, browserId: string, sealed: string | undefined): Envelope | undefined {
  const value = sealed === undefined ? undefined : context.keyring.openJson('consent', sealed, browserId)
  const envelope = consentSchema.safeParse(value).data
  return envelope && envelope.expires_at >= context.clock() ? envelope : undefined
}

export function fits(sealed: string): boolean {
  return sealed.length <= REQUEST_CHARACTERS_MAX
}

const loginSchema = z.object({
  /** Absent: somebody signs in to see the account page, and no client gets anything. */
  request: authorizationRequestSchema.optional(),
  login: z.string(),
  begun_at: z.number(),
})
export type Login = z.infer<typeof loginSchema>

export function sealLogin(context: Context, state: string, login: Omit<Login, 'begun_at'>): string {
  return context.keyring.sealJson('login', { ...login, begun_at: context.clock() }, state)
}

/** RFC 9700 §4.7.1: undefined when it is not ours, of another login, or too old. */
export function openLogin(context: Context, state: string, sealed: string): Login | undefined {
  const login = loginSchema.safeParse(context.keyring.openJson('login', sealed, state)).data
  return login && login.begun_at + LIFE_MS >= context.clock() ? login : undefined
}
