/** What the token-issuer is asked, and the facts of it that proxies project: verification keys and revocations. */
import type { Operation } from '@gateway/kernel'
import { z } from 'zod'
import { emptySchema, QUICK_MS, scopesSchema, UPSTREAM_MS } from './shared.ts'

/** A public JSON Web Key (RFC 7517) with the members that verification needs. */
export const publicJwkSchema = z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string(), use: z.string() })
export type PublicJwk = z.infer<typeof publicJwkSchema>
export const jwksSchema = z.object({ keys: z.array(publicJwkSchema) })
export type Jwks = z.infer<typeof jwksSchema>

export const RINGS = ['access-token', 'assertion'] as const
export type RingName = (typeof RINGS)[number]

/** State of `evt.token-issuer.signing-key.*`: one ring per purpose with all its keys. Times in milliseconds. */
export const keyRingStateSchema = z.object({
  ring: z.enum(RINGS).optional(),
  keys: z.array(
    z.object({
      kid: z.string(),
      status: z.enum(['pending', 'active', 'retired']),
      public_jwk: publicJwkSchema,
      created_at: z.number(),
      activated_at: z.number().optional(),
      retired_at: z.number().optional(),
    }),
  ),
})
export type KeyRingState = z.infer<typeof keyRingStateSchema>

/** RFC 7517 §5: every key of the ring that is not dropped, pending ones too, so that verifiers have them ahead of use. */
export function toJwks(ring: KeyRingState): Jwks {
  return { keys: ring.keys.map((key) => key.public_jwk) }
}

/**
 * A message of `evt.token-issuer.revocation.<kind>`. Times in milliseconds since the epoch. What is matched:
 * token: `jti`; family: `sid`; user, client, service, rule: tokens issued before `before`.
 */
export const revocationSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('token'),
    id: z.string(),
    at: z.number(),
    jti: z.string(),
    sub: z.string(),
    client_id: z.string(),
  }),
  z.object({
    kind: z.literal('family'),
    id: z.string(),
    at: z.number(),
    sid: z.string(),
    sub: z.string(),
    client_id: z.string(),
  }),
  z.object({ kind: z.literal('user'), id: z.string(), at: z.number(), sub: z.string(), before: z.number() }),
  z.object({ kind: z.literal('client'), id: z.string(), at: z.number(), client_id: z.string(), before: z.number() }),
  z.object({ kind: z.literal('service'), id: z.string(), at: z.number(), service: z.string(), before: z.number() }),
  z.object({ kind: z.literal('rule'), id: z.string(), at: z.number(), service: z.string(), before: z.number() }),
])
export type Revocation = z.infer<typeof revocationSchema>
export const revocationSubject = (kind: Revocation['kind']): string => `evt.token-issuer.revocation.${kind}`

/** First 22 characters of `keyOf('family:' + authorization id)`: 132 bits of base64url. It stands in refresh tokens and as `sid`. */
export const familyIdSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/)

export const REVOCATION_REASONS = ['client_request', 'refresh_token_reused', 'code_replayed'] as const

/** State of `evt.token-issuer.token-family.*`: one grant and the lineage of its refresh tokens. Times in milliseconds. */
export const tokenFamilyStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('absent') }),
  z.object({
    status: z.literal('active'),
    family: familyIdSchema,
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
  timeoutMs: UPSTREAM_MS,
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
  timeoutMs: UPSTREAM_MS,
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
  timeoutMs: QUICK_MS,
  input: z.object({ token: z.string(), client_id: z.string() }),
  output: emptySchema,
}

export const jwks: Operation<{ ring: RingName }, Jwks> = {
  subject: 'req.token-issuer.jwks',
  service: 'token-issuer',
  timeoutMs: QUICK_MS,
  input: z.object({ ring: z.enum(RINGS) }),
  output: jwksSchema,
}
