/** What the token-issuer is asked about tokens, and the facts of it that others read: families and revocations. Its keys: `signing-keys.ts`. */
import type { Operation } from '@gateway/kernel'
import { z } from 'zod'
import { askAgain, emptySchema, QUICK_MS, scopesSchema } from './shared.ts'

const revocationOf = <Kind extends string>(kind: Kind) => ({
  kind: z.literal(kind),
  id: z.string(),
  at: z.number(),
  /** Who caused it, as in a commit. */
  actor: z.string().optional(),
})

/**
 * A message of `evt.token-issuer.revocation.<kind>`. Times in milliseconds since the epoch. What is matched:
 * token: `jti`; family: `sid`; user, client, service, rule: tokens issued before `before`.
 */
export const revocationSchema = z.discriminatedUnion('kind', [
  z.object({ ...revocationOf('token'), jti: z.string(), sub: z.string(), client_id: z.string() }),
  z.object({ ...revocationOf('family'), sid: z.string(), sub: z.string(), client_id: z.string() }),
  z.object({ ...revocationOf('user'), sub: z.string(), before: z.number() }),
  z.object({ ...revocationOf('client'), client_id: z.string(), before: z.number() }),
  z.object({ ...revocationOf('service'), service: z.string(), before: z.number() }),
  z.object({ ...revocationOf('rule'), service: z.string(), before: z.number() }),
])
export type Revocation = z.infer<typeof revocationSchema>
export const REVOCATION_KINDS = [
  'token',
  'family',
  'user',
  'client',
  'service',
  'rule',
] as const satisfies readonly Revocation['kind'][]
export const revocationSubject = (kind: Revocation['kind']): string => `evt.token-issuer.revocation.${kind}`

/** First 22 characters of `keyOf('family:' + authorization id)`: 132 bits of base64url. It stands in refresh tokens and as `sid`. */
export const familyIdSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/)

export const REVOCATION_REASONS = [
  'client_request',
  'refresh_token_reused',
  'code_replayed',
  'user_request',
  'operator_request',
] as const

/** The request that redeemed the code; null of a family from before this was recorded. */
const familyStarterSchema = z.string().nullable().default(null)

/** State of `evt.token-issuer.token-family.*`: one grant and the lineage of its refresh tokens. Times in milliseconds. */
export const tokenFamilyStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('absent') }),
  z.object({
    status: z.literal('active'),
    family: familyIdSchema,
    started_by: familyStarterSchema,
    sub: z.string(),
    client_id: z.string(),
    resource: z.string(),
    scopes: z.array(z.string()),
    /** When the user signed in, seconds since the epoch. */
    auth_time: z.number(),
    refreshable: z.boolean(),
    started_at: z.number(),
    refreshed_at: z.number(),
    /** Of the one refresh token that rotates; 0 for the first. */
    generation: z.number().int(),
    /** Earlier generations that are still answered, each range until a time. */
    superseded: z.array(z.object({ from: z.number().int(), through: z.number().int(), until: z.number() })),
  }),
  z.object({
    status: z.literal('revoked'),
    family: familyIdSchema,
    started_by: familyStarterSchema,
    sub: z.string(),
    client_id: z.string(),
    resource: z.string(),
    started_at: z.number(),
    revoked_at: z.number(),
    reason: z.enum(REVOCATION_REASONS),
  }),
])
export type TokenFamilyState = z.infer<typeof tokenFamilyStateSchema>

/** RFC 6749 §5.1, and OpenID Connect Core §3.1.3.3 for `id_token`. */
export const tokenAnswerSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.number().int(),
  refresh_token: z.string().optional(),
  scope: z.string(),
  id_token: z.string().optional(),
})
export type TokenAnswer = z.infer<typeof tokenAnswerSchema>

/**
 * The tokens of a redeemed code. Appending `started` on the family is the one lock of redemption: whoever loses it is a replay.
 * Refuses: `code_replayed` (the family is revoked), and what `check-user` refuses.
 */
export const issueToken: Operation<IssueTokenInput, TokenAnswer> = {
  subject: 'req.token-issuer.issue-token',
  service: 'token-issuer',
  ...askAgain.upstream,
  input: z.object({
    family: familyIdSchema,
    sub: z.string(),
    client_id: z.string(),
    resource: z.string(),
    scopes: scopesSchema,
    auth_time: z.number().int(),
    nonce: z.string().optional(),
    refreshable: z.boolean(),
  }),
  output: tokenAnswerSchema,
}
export interface IssueTokenInput {
  /** The family's id (the `sid` of its tokens); derived from the code, so that one code starts one family. */
  readonly family: string
  readonly sub: string
  readonly client_id: string
  /** The one audience. */
  readonly resource: string
  readonly scopes: string[]
  /** When the user signed in, seconds since the epoch. */
  readonly auth_time: number
  readonly nonce?: string | undefined
  /** Whether the client declared the grant `refresh_token`. */
  readonly refreshable: boolean
}

/**
 * Refuses: `refresh_token_invalid` (malformed, unknown, another client's), `refresh_token_reused` (the family is revoked),
 * `family_revoked`, `refresh_token_expired`, `scope_widened`, `resource_mismatch`, and what `check-user` refuses.
 */
export const refreshToken: Operation<RefreshTokenInput, TokenAnswer> = {
  subject: 'req.token-issuer.refresh-token',
  service: 'token-issuer',
  ...askAgain.upstream,
  input: z.object({
    refresh_token: z.string(),
    client_id: z.string(),
    scopes: scopesSchema.optional(),
    resource: z.string().optional(),
  }),
  output: tokenAnswerSchema,
}
export interface RefreshTokenInput {
  readonly refresh_token: string
  readonly client_id: string
  /** RFC 6749 §6: the same or narrower. */
  readonly scopes?: string[] | undefined
  readonly resource?: string | undefined
}

/** RFC 7009: a refresh token ends its family, an access token itself. Unknown tokens are no error; another client's token is left alone. */
export const revokeToken: Operation<{ token: string; client_id: string }, Record<string, never>> = {
  subject: 'req.token-issuer.revoke-token',
  service: 'token-issuer',
  ...askAgain.quick,
  input: z.object({ token: z.string(), client_id: z.string() }),
  output: emptySchema,
}

/**
 * The grant `client_credentials` (RFC 6749 §4.4) of a client that has authenticated and whose scopes have been judged. The
 * token's `sub` is its `client_id` (RFC 9068 §2.2), so nobody takes it for a user's; it belongs to no family and there is
 * neither a refresh token nor an ID token (§4.4.3). It ends with its life, by `revoke-token`, or with its client.
 */
export const issueClientToken: Operation<IssueClientTokenInput, TokenAnswer> = {
  subject: 'req.token-issuer.issue-client-token',
  service: 'token-issuer',
  timeoutMs: QUICK_MS,
  input: z.object({ client_id: z.string(), resource: z.string(), scopes: scopesSchema }),
  output: tokenAnswerSchema,
}
export interface IssueClientTokenInput {
  readonly client_id: string
  /** The one audience. */
  readonly resource: string
  readonly scopes: string[]
}

/** RFC 7662 §2.2; times in seconds. `token_type` stands with access tokens alone. */
export const introspectionSchema = z.discriminatedUnion('active', [
  z.object({ active: z.literal(false) }),
  z.object({
    active: z.literal(true),
    iss: z.string(),
    sub: z.string(),
    aud: z.string(),
    client_id: z.string(),
    scope: z.string(),
    exp: z.number().int(),
    /** Unknown of a refresh token that has been superseded. */
    iat: z.number().int().optional(),
    token_type: z.literal('Bearer').optional(),
    jti: z.string().optional(),
    sid: z.string().optional(),
    auth_time: z.number().int().optional(),
  }),
])
export type Introspection = z.infer<typeof introspectionSchema>

/**
 * RFC 7662 for an authenticated client, about its own access and refresh tokens; everything else is `active: false`, so that
 * nobody can probe (§4). The answer counts what has been revoked until it was asked, on whichever replica.
 */
export const introspectToken: Operation<{ token: string; client_id: string }, Introspection> = {
  subject: 'req.token-issuer.introspect-token',
  service: 'token-issuer',
  ...askAgain.upstream,
  input: z.object({ token: z.string(), client_id: z.string() }),
  output: introspectionSchema,
}

/** The families of a user that can still give tokens, newest first. Times in milliseconds, `auth_time` in seconds. */
export const listFamilies: Operation<{ sub: string }, { families: ListedFamily[] }> = {
  subject: 'req.token-issuer.list-families',
  service: 'token-issuer',
  ...askAgain.upstream,
  input: z.object({ sub: z.string() }),
  output: z.object({
    families: z.array(
      z.object({
        family: familyIdSchema,
        client_id: z.string(),
        resource: z.string(),
        scopes: z.array(z.string()),
        auth_time: z.number(),
        started_at: z.number(),
        refreshed_at: z.number(),
        expires_at: z.number(),
      }),
    ),
  }),
}
export interface ListedFamily {
  readonly family: string
  readonly client_id: string
  readonly resource: string
  readonly scopes: string[]
  readonly auth_time: number
  readonly started_at: number
  readonly refreshed_at: number
  /** Unless it is refreshed before; for a family without refresh tokens, when its last access token ends. */
  readonly expires_at: number
}

/**
 * Ends a family for its user (who names himself: another user's family is left alone) or for an operator. Ending one that
 * has ended is no error. Proxies have been told when this is answered. Refuses: `family_unknown`.
 */
export const revokeFamily: Operation<RevokeFamilyInput, Record<string, never>> = {
  subject: 'req.token-issuer.revoke-family',
  service: 'token-issuer',
  ...askAgain.quick,
  input: z.discriminatedUnion('reason', [
    z.object({ reason: z.literal('user_request'), family: familyIdSchema, sub: z.string() }),
    z.object({ reason: z.literal('operator_request'), family: familyIdSchema }),
  ]),
  output: emptySchema,
}
export type RevokeFamilyInput =
  | { readonly reason: 'user_request'; readonly family: string; readonly sub: string }
  | { readonly reason: 'operator_request'; readonly family: string }
