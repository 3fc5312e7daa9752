/** What the provider-bridge is asked: everything about people. Their e-mail, name and avatar cross here and are never in a fact. */
import type { Operation } from '@gateway/kernel'
import { z } from 'zod'
import { QUICK_MS, UPSTREAM_MS } from './shared.ts'

/** What tokens may say of a person. `id` is the provider's own, whole; `sub` in tokens is `<provider>:<id>`. */
export const profileSchema = z.object({
  sub: z.string(),
  id: z.string(),
  provider: z.string(),
  email: z.string().optional(),
  /** Absent: the provider does not say. Only `true` counts for access rules. */
  email_verified: z.boolean().optional(),
  name: z.string().optional(),
  picture: z.string().optional(),
})
export type Profile = z.infer<typeof profileSchema>

/** Refuses nothing; throws Unavailable('identity provider') when its discovery cannot be read. */
export const beginLogin: Operation<BeginLoginInput, LoginStarted> = {
  subject: 'req.provider-bridge.begin-login',
  service: 'provider-bridge',
  timeoutMs: UPSTREAM_MS,
  input: z.object({
    prompt: z.string().optional(),
    login_hint: z.string().optional(),
    max_age: z.number().int().optional(),
  }),
  output: z.object({ url: z.string(), state: z.string(), login: z.string(), provider: z.string() }),
}
export interface BeginLoginInput {
  /** OpenID Connect Core §3.1.2.1, passed on as asked. */
  readonly prompt?: string | undefined
  readonly login_hint?: string | undefined
  readonly max_age?: number | undefined
}
export interface LoginStarted {
  /** Where to send the browser: the provider's authorization endpoint with everything on it. */
  readonly url: string
  /** The random `state` in that URL: 22 characters of base64url. */
  readonly state: string
  /** Nonce and PKCE verifier, sealed so that only the provider-bridge can read them; kept in the browser. */
  readonly login: string
  /** The provider's display name. */
  readonly provider: string
}

/**
 * Redeems the provider's answer, once: a second use of the same login is refused.
 * Refuses: `login_invalid` (sealed state unreadable, expired, or of another `state`), `login_repeated`, `login_denied`
 * (the provider says that the user declined), `login_failed` (its answer does not check out), `user_denied`, `user_blocked`.
 */
export const finishLogin: Operation<FinishLoginInput, LoginFinished> = {
  subject: 'req.provider-bridge.finish-login',
  service: 'provider-bridge',
  timeoutMs: UPSTREAM_MS,
  input: z.object({ login: z.string(), query: z.string() }),
  output: z.object({ profile: profileSchema, auth_time: z.number().int() }),
}
export interface FinishLoginInput {
  readonly login: string
  /** The callback's query string as it came, without `?`. */
  readonly query: string
}
export interface LoginFinished {
  readonly profile: Profile
  /** Seconds since the epoch. */
  readonly auth_time: number
}

/**
 * The current profile of a user who signed in at `since` (seconds): asked at every issue and refresh.
 * Refuses: `user_unknown` (no profile is held any more: sign in again), `sign_in_required` (revoked since), `user_blocked`, `user_denied`.
 */
export const checkUser: Operation<{ sub: string; since: number }, { profile: Profile }> = {
  subject: 'req.provider-bridge.check-user',
  service: 'provider-bridge',
  timeoutMs: QUICK_MS,
  input: z.object({ sub: z.string(), since: z.number() }),
  output: z.object({ profile: profileSchema }),
}

/**
 * As much of a commit of `evt.provider-bridge.identity.*` as ends what was issued: for sign-ins before that time, in
 * milliseconds. Each event names the user, whose id stands hashed in the subject.
 */
export const identityCommitSchema = z.object({
  state: z.object({ signInRequiredSince: z.number().optional() }),
  events: z.tuple([z.object({ sub: z.string() })], z.unknown()),
})
