/** The public keys of a client (RFC 7517), with which it signs its assertions (RFC 7523 §3). */
import { z } from 'zod'

const short = () => z.string().max(200).optional()
/** Long enough for RSA with 8192 bits. */
const number = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,1400}$/)
    .optional()

/** The members that verification needs; a certificate chain or a comment is left out. */
const clientJwkSchema = z.object({
  kty: z.enum(['EC', 'RSA', 'OKP']),
  kid: short(),
  alg: short(),
  use: short(),
  key_ops: z.array(z.string().max(20)).max(10).optional(),
  crv: short(),
  x: number(),
  y: number(),
  n: number(),
  e: number(),
})
export const clientJwksSchema = z.object({ keys: z.array(clientJwkSchema) })
export type ClientJwks = z.infer<typeof clientJwksSchema>

/** RFC 7518 §6: what only the owner of a key, or both sides of a shared one, may know. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const KEYS_MAX = 20

/**
 * The usable keys of a key set. Kinds of keys that we do not know are left out (RFC 7517 §5).
 * @returns undefined when it is no key set, holds anything private or shared, or has no usable key
 */
export function publicJwks(value: unknown): ClientJwks | undefined {
  const parsed = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(KEYS_MAX) }).safeParse(value)
  if (!parsed.success) return undefined
  const { keys } = parsed.data
  if (keys.some((key) => PRIVATE_MEMBERS.some((member) => member in key))) return undefined
  const usable = keys.flatMap((key) => {
    const known = clientJwkSchema.safeParse(key)
    return known.success ? [known.data] : []
  })
  return usable.length === 0 ? undefined : { keys: usable }
}
