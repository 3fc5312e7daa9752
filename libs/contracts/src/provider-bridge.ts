/** What the provider-bridge is asked: everything about people. Their e-mail, name and avatar cross here and are never in a fact. */
import type { Operation } from '@gateway/kernel'
import { z } from 'zod'
import { askAgain, emptySchema, QUICK_MS, UPSTREAM_MS } from './shared.ts'
import { type EphemeralJwk, ephemeralJwkSchema } from './signing-keys.ts'

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
  /** As the provider names them. Absent: it says nothing of groups. */
  groups: z.array(z.string()).optional(),
})
export type Profile = z.infer<typeof profileSchema>

/** Refuses nothing; throws Unavailable('identity provider') when its discovery cannot be read. */
export const beginLogin: Operation<BeginLoginInput, LoginStarted> = {
  subject: 'req.provider-bridge.begin-login',
  service: 'provider-bridge',
  ...askAgain.upstream,
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
 * (the provider says that the user declined), `login_failed` (its answer does not check out), `user_denied` (the access rules;
 * `detail.rule` says which), `user_blocked`.
 */
export const finishLogin: Operation<FinishLoginInput, LoginFinished> = {
  subject: 'req.provider-bridge.finish-login',
  service: 'provider-bridge',
  timeoutMs: UPSTREAM_MS,
  input: z.object({ login: z.string(), query: z.string(), service: z.string().optional() }),
  output: z.object({ profile: profileSchema, auth_time: z.number().int(), admin: z.boolean().optional() }),
}
export interface FinishLoginInput {
  readonly login: string
  /** The callback's query string as it came, without `?`. */
  readonly query: string
  /** The service that is signed in for: its access rules are judged as well. */
  readonly service?: string | undefined
}
export interface LoginFinished {
  readonly profile: Profile
  /** Seconds since the epoch. */
  readonly auth_time: number
  /** Named by `access.admins`. */
  readonly admin?: boolean | undefined
}

/**
 * The current profile of a user who signed in at `since` (seconds): asked at every issue and refresh, and wherever a browser
 * session meets another service. The access rules of all services are judged, and those of `service` where one is named.
 * Refuses: `user_unknown` (no profile is held any more: sign in again), `sign_in_required` (revoked since, or the provider does
 * not know the user's grant any more), `user_blocked`, `user_denied` (`detail.rule` says by which rule).
 */
export const checkUser: Operation<CheckUserInput, UserChecked> = {
  subject: 'req.provider-bridge.check-user',
  service: 'provider-bridge',
  ...askAgain.quick,
  input: z.object({
    sub: z.string(),
    since: z.number(),
    service: z.string().optional(),
    refreshing: z.boolean().optional(),
  }),
  output: z.object({
    profile: profileSchema,
    admin: z.boolean().optional(),
    groups: z.array(z.string()).optional(),
    sign_in_required_since: z.number().optional(),
  }),
}
export interface CheckUserInput {
  readonly sub: string
  readonly since: number
  readonly service?: string | undefined
  /** A refresh: the provider is asked again unless it just was. Otherwise what it said within some minutes is good enough. */
  readonly refreshing?: boolean | undefined
}
export interface UserChecked {
  readonly profile: Profile
  /** Named by `access.admins`. */
  readonly admin?: boolean | undefined
  /** Of the groups that rules of `service` name, those that the user is in: what a token for it says. Absent where none is named. */
  readonly groups?: readonly string[] | undefined
  /** Milliseconds since the epoch: what an earlier sign-in gave counts no more. Absent where none was demanded. */
  readonly sign_in_required_since?: number | undefined
}

/**
 * For a proxy: the user's own access token at the identity provider, for a service whose configuration asks for that
 * (`upstream.user_token`); a compact JWE that only the holder of the ephemeral key opens, its plaintext an {@link UpstreamToken}.
 * Refuses: `user_unknown`, `sign_in_required`, `user_blocked`, `user_denied` as `check-user` does, `upstream_token_missing` (the service
 * does not ask, or none is held that still works) and `ephemeral_key_invalid`.
 */
export const upstreamToken: Operation<UpstreamTokenInput, { jwe: string }> = {
  subject: 'req.provider-bridge.upstream-token',
  service: 'provider-bridge',
  timeoutMs: UPSTREAM_MS,
  input: z.object({ sub: z.string(), since: z.number(), service: z.string(), ephemeral_jwk: ephemeralJwkSchema }),
  output: z.object({ jwe: z.string() }),
}
export interface UpstreamTokenInput {
  readonly sub: string
  /** When the user signed in, in seconds. */
  readonly since: number
  readonly service: string
  readonly ephemeral_jwk: EphemeralJwk
}
export const upstreamTokenSchema = z.object({
  access_token: z.string(),
  /** Milliseconds since the epoch; absent: the provider does not say. */
  expires_at: z.number().optional(),
})
export type UpstreamToken = z.infer<typeof upstreamTokenSchema>

/**
 * As much of a commit of `evt.provider-bridge.identity.*` as ends what was issued: for sign-ins before that time, in
 * milliseconds. Each event names the user, whose id stands hashed in the subject.
 */
export const identityCommitSchema = z.object({
  state: z.object({ signInRequiredSince: z.number().optional() }),
  events: z.tuple([z.object({ sub: z.string() })], z.unknown()),
})

/**
 * For a sign-out: where to send the browser so that the provider's session ends too (OpenID Connect RP-Initiated Logout §2),
 * absent where the provider has no such place. With `revoke` the gateway's own tokens at the provider are revoked (RFC 7009)
 * and forgotten; what the gateway issued goes on, but can no longer be checked at the provider, so it is for those who end
 * that as well or have nothing left. Refuses nothing; a provider that is away does not keep anybody from signing out.
 */
export const endUpstreamSession: Operation<EndUpstreamSessionInput, { url?: string | undefined }> = {
  subject: 'req.provider-bridge.end-upstream-session',
  service: 'provider-bridge',
  timeoutMs: UPSTREAM_MS,
  input: z.object({
    sub: z.string(),
    revoke: z.boolean(),
    post_logout_redirect_uri: z.string().optional(),
    state: z.string().optional(),
  }),
  output: z.object({ url: z.string().optional() }),
}
export interface EndUpstreamSessionInput {
  readonly sub: string
  readonly revoke: boolean
  /** Where the provider sends the browser afterwards; registered there. */
  readonly post_logout_redirect_uri?: string | undefined
  readonly state?: string | undefined
}

/** Of everybody whose profile is held. Times in milliseconds since the epoch. */
export const listedUserSchema = z.object({
  sub: z.string(),
  profile: profileSchema.optional(),
  status: z.enum(['absent', 'active', 'erased']),
  blocked: z.boolean(),
  sign_in_required_since: z.number().optional(),
})
export type ListedUser = z.infer<typeof listedUserSchema>

/** A page of the people whose profiles are held, in no particular order; a page may be short, or repeat somebody. For operators. */
export const listUsers: Operation<{ cursor?: string | undefined }, UserPage> = {
  subject: 'req.provider-bridge.list-users',
  service: 'provider-bridge',
  timeoutMs: UPSTREAM_MS,
  input: z.object({ cursor: z.string().optional() }),
  output: z.object({ users: z.array(listedUserSchema), next: z.string().optional() }),
}
export interface UserPage {
  readonly users: ListedUser[]
  /** Absent on the last page. */
  readonly next?: string | undefined
}

/** Everything that is known of one user, seen or not. For operators. */
export const showUser: Operation<{ sub: string }, ShownUser> = {
  subject: 'req.provider-bridge.show-user',
  service: 'provider-bridge',
  timeoutMs: QUICK_MS,
  input: z.object({ sub: z.string() }),
  output: listedUserSchema.extend({
    admin: z.boolean(),
    access: z.array(z.object({ service: z.string(), denied_by: z.string().optional() })),
    upstream: z.enum(['none', 'checked at each refresh', 'not checked']),
  }),
}
export interface ShownUser extends ListedUser {
  readonly admin: boolean
  /** Each protected service, and the rule that keeps the user out of it; empty when no profile is held. */
  readonly access: { service: string; denied_by?: string | undefined }[]
  /** What the gateway holds of the user at the provider. */
  readonly upstream: 'none' | 'checked at each refresh' | 'not checked'
}

const userDecision = (verb: string) => ({
  subject: `req.provider-bridge.${verb}`,
  service: 'provider-bridge',
  timeoutMs: UPSTREAM_MS,
  input: z.object({ sub: z.string().regex(/^[^:]+:./s) }),
})
type UserDecision = Operation<{ sub: string }, Record<string, never>>

/** Nobody seen yet can be blocked as well. What a blocked user holds is refused everywhere. Repeating it is no error. For operators. */
export const blockUser: UserDecision = { ...userDecision('block-user'), output: emptySchema }
/** The user may sign in again; what was issued before stays dead. For operators. */
export const unblockUser: UserDecision = { ...userDecision('unblock-user'), output: emptySchema }
/** Ends everything that was issued for sign-ins until now. For operators. */
export const requireSignIn: UserDecision = { ...userDecision('require-sign-in'), output: emptySchema }

/** Deletes what is held of the user, ends what was issued, and says in sentences what was erased and what remains. For operators. */
export const eraseUser: Operation<{ sub: string }, { erased: string[]; remains: string[] }> = {
  ...userDecision('erase-user'),
  output: z.object({ erased: z.array(z.string()), remains: z.array(z.string()) }),
}

/**
 * State of `evt.provider-bridge.access-rules.*`, a single aggregate: when the rules of a service last became tighter, so that
 * tokens issued before must be judged anew. Of the rules themselves only keyed digests are recorded, nobody's address.
 */
export const accessRulesStateSchema = z.looseObject({
  /** By service id, milliseconds since the epoch. */
  tightened: z.record(z.string(), z.number()),
})
export type AccessRulesState = z.infer<typeof accessRulesStateSchema>
