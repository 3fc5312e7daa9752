/** Keys of the token-issuer: the rings that verifiers project, and what proxies and operators ask about them. */
import type { Operation } from '@gateway/kernel'
import { z } from 'zod'
import { askAgain, QUICK_MS } from './shared.ts'

/** RFC 7518 §3.1, RFC 8037 §3.1 (Ed25519). What a verifier must know, and a key's `alg`. */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'EdDSA'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** A public JSON Web Key (RFC 7517) with the members that verification needs. */
export const publicJwkSchema = z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string(), use: z.string() })
export type PublicJwk = z.infer<typeof publicJwkSchema>
export const jwksSchema = z.object({ keys: z.array(publicJwkSchema) })
export type Jwks = z.infer<typeof jwksSchema>

/** Access and ID tokens; identity assertions. What proxies hold of the second can never make one of the first. */
export const RINGS = ['access-token', 'assertion'] as const
export type RingName = (typeof RINGS)[number]

const KEY_STATUSES = ['pending', 'active', 'retired'] as const

/** State of `evt.token-issuer.signing-key.*`: one ring per purpose with all its keys. Times in milliseconds. */
export const keyRingStateSchema = z.object({
  ring: z.enum(RINGS).optional(),
  keys: z.array(
    z.object({
      kid: z.string(),
      status: z.enum(KEY_STATUSES),
      public_jwk: publicJwkSchema,
      created_at: z.number(),
      activated_at: z.number().optional(),
      retired_at: z.number().optional(),
    }),
  ),
})
export type KeyRingState = z.infer<typeof keyRingStateSchema>

/**
 * RFC 7517 §5: every key of the ring that is not dropped, pending ones too, so that verifiers have them ahead of use. A key
 * that is not here verifies nothing any more.
 */
export function toJwks(ring: KeyRingState): Jwks {
  return { keys: ring.keys.map((key) => key.public_jwk) }
}

export const jwks: Operation<{ ring: RingName }, Jwks> = {
  subject: 'req.token-issuer.jwks',
  service: 'token-issuer',
  ...askAgain.quick,
  input: z.object({ ring: z.enum(RINGS) }),
  output: jwksSchema,
}

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
/** A public key made for one answer (RFC 7518 §4.6, RFC 8037 §3.2). Strict: whoever sends a private member is told. */
export const ephemeralJwkSchema = z.discriminatedUnion('kty', [
  z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate }),
  z.strictObject({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: coordinate }),
])
export type EphemeralJwk = z.infer<typeof ephemeralJwkSchema>

/**
 * The private half of the active assertion key, for a proxy: a compact JWE (RFC 7516; ECDH-ES, A256GCM, `cty` `jwk+json`)
 * that only the holder of the ephemeral key opens. Ask again when another key of the ring is active; the old one's
 * signatures stay verifiable for days.
 * Refuses: `ephemeral_key_invalid`.
 */
export const assertionKey: Operation<{ ephemeral_jwk: EphemeralJwk }, SealedAssertionKey> = {
  subject: 'req.token-issuer.assertion-key',
  service: 'token-issuer',
  timeoutMs: QUICK_MS,
  input: z.object({ ephemeral_jwk: ephemeralJwkSchema }),
  output: z.object({ kid: z.string(), alg: z.enum(SIGNING_ALGORITHMS), jwe: z.string() }),
}
export interface SealedAssertionKey {
  /** Also in the JWE's protected header, and in the JWK within. */
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly jwe: string
}

/** For operators: every key that is not dropped, with the time of its next step. */
export const listKeys: Operation<Record<string, never>, { keys: ListedKey[] }> = {
  subject: 'req.token-issuer.list-keys',
  service: 'token-issuer',
  timeoutMs: QUICK_MS,
  input: z.object({}),
  output: z.object({
    keys: z.array(
      z.object({
        ring: z.enum(RINGS),
        kid: z.string(),
        alg: z.string(),
        status: z.enum(KEY_STATUSES),
        created_at: z.number(),
        activated_at: z.number().optional(),
        retired_at: z.number().optional(),
        next_at: z.number(),
      }),
    ),
  }),
}
/** Times in milliseconds since the epoch. */
export interface ListedKey {
  readonly ring: RingName
  readonly kid: string
  readonly alg: string
  readonly status: (typeof KEY_STATUSES)[number]
  readonly created_at: number
  readonly activated_at?: number | undefined
  readonly retired_at?: number | undefined
  /** When a pending key begins to sign, an active one gives way, or a retired one is dropped. */
  readonly next_at: number
}

/** For operators: publishes the successor of the active key now; it signs from `signs_at` (milliseconds). Nothing becomes invalid. */
export const rotateKey: Operation<{ ring: RingName }, { kid: string; signs_at: number }> = {
  subject: 'req.token-issuer.rotate-key',
  service: 'token-issuer',
  timeoutMs: QUICK_MS,
  input: z.object({ ring: z.enum(RINGS) }),
  output: z.object({ kid: z.string(), signs_at: z.number() }),
}

/**
 * For operators, in an emergency: the key leaves its ring at once, and with it everything that it signed becomes invalid at
 * every proxy. An active key is replaced in the same decision; `active` is the key that signs then.
 * Refuses: `key_unknown`.
 */
export const retireKey: Operation<{ kid: string }, { ring: RingName; active: string }> = {
  subject: 'req.token-issuer.retire-key',
  service: 'token-issuer',
  timeoutMs: QUICK_MS,
  input: z.object({ kid: z.string() }),
  output: z.object({ ring: z.enum(RINGS), active: z.string() }),
}
