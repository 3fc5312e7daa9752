/**
 * An access token from text to verified claims (RFC 9068 §4, RFC 7519 §7.2): a pipeline of checks, each with its reason. To
 * the client all reasons are one `invalid_token`; the operator reads them in the audit.
 */
import { z } from 'zod'
import { identityHeaders } from '../domain/identity-headers.ts'
import type { RevocationsView } from '../domain/revocations.ts'
import type { ServedService } from '../domain/served-service.ts'
import { type Jws, parseJws, signatureHolds, type VerificationKey } from './jws.ts'

export type TokenProblem =
  | 'token_malformed'
  | 'token_type'
  | 'token_critical_header'
  | 'token_key_unknown'
  | 'token_algorithm'
  | 'token_claims_malformed'
  | 'token_issuer'
  | 'token_audience'
  | 'token_not_yet_valid'
  | 'token_expired'
  | 'token_signature'
  | 'token_revoked'

/** RFC 9068 §2.2; `scope` may be absent (§2.2.3), `sid` names the family. */
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  client_id: z.string(),
  jti: z.string(),
  exp: z.number(),
  iat: z.number(),
  nbf: z.number().optional(),
  scope: z.string().default(''),
  sid: z.string().optional(),
  auth_time: z.number().optional(),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
  name: z.string().optional(),
  picture: z.string().optional(),
  provider: z.string().optional(),
  groups: z.array(z.string()).optional(),
})
export type TokenClaims = z.infer<typeof claimsSchema>

/** A token whose signature and claims were found good once, with what follows from them. */
export interface VerifiedToken {
  readonly ok: true
  readonly claims: TokenClaims
  readonly key: VerificationKey
  readonly scopes: ReadonlySet<string>
  /** As far as rules of the service name them. */
  readonly groups: ReadonlySet<string>
  /** `x-user-*`, flat. */
  readonly identity: readonly string[]
}

export interface RefusedToken {
  readonly ok: false
  readonly reason: TokenProblem
}

export interface VerifierDeps {
  readonly issuer: string
  /** A token is accepted this long after it was issued, whatever its `exp`: revocations are kept no longer. */
  readonly lifeMs: number
  readonly keyOf: (kid: string) => VerificationKey | undefined
  readonly revocations: Pick<RevocationsView, 'concerns'>
}

/** Longer than any that is issued; checked before anything is decoded. */
const TOKEN_LENGTH_MAX = 8_192
/** Clocks of two machines differ. */
export const CLOCK_SKEW_MS = 5_000

const refused = (reason: TokenProblem): RefusedToken => ({ ok: false, reason })

/** The whole pipeline. Everything that costs little comes before the signature, and nothing is believed until it has held. */
export function verifyToken(deps: VerifierDeps, token: string, served: ServedService, now: number) {
  if (token.length > TOKEN_LENGTH_MAX) return refused('token_malformed')
  const jws = parseJws(token)
  if (jws === undefined) return refused('token_malformed')
  const key = keyFor(deps, jws)
  if (typeof key === 'string') return refused(key)
  const parsed = claimsSchema.safeParse(jws.payload)
  if (!parsed.success) return refused('token_claims_malformed')
  const claims = parsed.data
  if (claims.iss !== deps.issuer) return refused('token_issuer')
  if (claims.iat * 1_000 > now + CLOCK_SKEW_MS) return refused('token_not_yet_valid')
  if (claims.nbf !== undefined && claims.nbf * 1_000 > now + CLOCK_SKEW_MS) return refused('token_not_yet_valid')
  const verified = verifiedToken(claims, key)
  const problem = problemInUse(deps, verified, served, now)
  if (problem !== undefined) return refused(problem)
  return signatureHolds(jws, key) ? verified : refused('token_signature')
}

/** What can change between two uses of the same token: its key, the time, the service it is presented to, a revocation. */
export function problemInUse(
  deps: VerifierDeps,
  { claims, key }: VerifiedToken,
  served: ServedService,
  now: number,
): TokenProblem | undefined {
  // Exactly this resource: a prefix or a sibling is another one (pain-6, RFC 9068 §4).
  if (claims.aud !== served.resource) return 'token_audience'
  if (claims.exp * 1_000 <= now - CLOCK_SKEW_MS || claims.iat * 1_000 + deps.lifeMs <= now) return 'token_expired'
  if (deps.keyOf(key.kid) !== key) return 'token_key_unknown'
  return deps.revocations.concerns(claims, served.service.id) ? 'token_revoked' : undefined
}

/**
 * Whether what this token opened may stay open: as at a new use, but the end of its own life is no end at once (`lingerMs`).
 * When a key leaves its ring after the tokens that it signed have expired, that is its ordinary end and says nothing of them.
 */
export function problemWhileOpen(
  deps: VerifierDeps & { readonly lingerMs: number },
  { claims, key }: VerifiedToken,
  served: ServedService,
  now: number,
): TokenProblem | undefined {
  if (claims.aud !== served.resource) return 'token_audience'
  const endsAt = Math.min(claims.exp * 1_000, claims.iat * 1_000 + deps.lifeMs)
  if (now >= endsAt + deps.lingerMs) return 'token_expired'
  if (now < endsAt && deps.keyOf(key.kid) !== key) return 'token_key_unknown'
  return deps.revocations.concerns(claims, served.service.id) ? 'token_revoked' : undefined
}

/** RFC 9068 §4: `typ` is `at+jwt`, so an ID token is none; RFC 7515 §4.1.11: no extension is understood here. */
function keyFor(deps: VerifierDeps, { header }: Jws): VerificationKey | TokenProblem {
  if (typeof header.typ !== 'string' || !/^(application\/)?at\+jwt$/i.test(header.typ)) return 'token_type'
  if (header.crit !== undefined) return 'token_critical_header'
  const key = typeof header.kid === 'string' ? deps.keyOf(header.kid) : undefined
  if (key === undefined) return 'token_key_unknown'
  return header.alg === key.alg ? key : 'token_algorithm'
}

function verifiedToken(claims: TokenClaims, key: VerificationKey): VerifiedToken {
  return {
    ok: true,
    claims,
    key,
    scopes: new Set(claims.scope.split(' ').filter((scope) => scope !== '')),
    groups: new Set(claims.groups),
    identity: identityHeaders(claims),
  }
}
