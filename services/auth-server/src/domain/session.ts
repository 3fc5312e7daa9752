/** A browser in which somebody is signed in here, and for what that is enough. The record holds no name and no address. */
import type { Profile } from '@gateway/contracts'
import { z } from 'zod'
import type { AuthorizationRequest } from './authorization-request.ts'

export const sessionSchema = z.object({
  sub: z.string(),
  /** When the user signed in at the identity provider, seconds since the epoch. */
  auth_time: z.number().int(),
  /** Milliseconds since the epoch. */
  started_at: z.number(),
  used_at: z.number(),
  /** For people who look at the list of their browsers: `Firefox, Linux`. */
  browser: z.string(),
})
export type Session = z.infer<typeof sessionSchema>

export interface SessionLife {
  readonly idleMs: number
  readonly maxMs: number
}

/** How long it lives from now on if it is used now; 0 when it is over. */
export function remainingMs({ started_at, used_at }: Session, life: SessionLife, now: number): number {
  const untilEnd = started_at + life.maxMs - now
  return used_at + life.idleMs < now ? 0 : Math.max(0, Math.min(life.idleMs, untilEnd))
}

/**
 * Whether this session may stand for signing in (OpenID Connect Core §3.1.2.1): not when the client wants people to sign in
 * anew, not when the sign-in is older than it accepts, not for another account than the one it names.
 */
export function suffices(
  { auth_time }: Pick<Session, 'auth_time'>,
  profile: Profile,
  { prompt, max_age, login_hint }: Pick<AuthorizationRequest, 'prompt' | 'max_age' | 'login_hint'>,
  now: number,
): boolean {
  if (prompt !== undefined) return false
  if (max_age !== undefined && now / 1_000 - auth_time > max_age) return false
  return login_hint === undefined || names(login_hint, profile)
}

function names(hint: string, { sub, id, email }: Profile): boolean {
  return hint === sub || hint === id || (email !== undefined && hint.toLowerCase() === email.toLowerCase())
}

/** In this order, since each one also claims to be those below it. */
const BROWSERS = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/Chrom(?:e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const

/** What `User-Agent` says in words of ours: nothing that was sent is shown. Empty when it says nothing. */
export function browserName(userAgent: string | undefined): string {
  const find = (table: typeof BROWSERS | typeof SYSTEMS) => table.find(([form]) => form.test(userAgent ?? ''))?.[1]
  return [find(BROWSERS), find(SYSTEMS)].filter((name) => name !== undefined).join(', ')
}
