/** The assertion key on its way to a proxy: sealed to a key that the proxy made for this answer, so that no bus reads it. */
import type { RequestContext } from '@gateway/bus'
import type { EphemeralJwk, SealedAssertionKey } from '@gateway/contracts'
import { CompactEncrypt, importJWK, type JWK } from 'jose'
import type { IssuerDeps } from '../deps.ts'
import { refuse } from '../refusals.ts'

/** RFC 7518 §4.6 (ECDH-ES in direct mode) and §5.3; RFC 7517 §7 for the content type of a key that travels. */
export async function handOutAssertionKey(
  { keys, audit }: IssuerDeps,
  { ephemeral_jwk }: { readonly ephemeral_jwk: EphemeralJwk },
  { requestId }: RequestContext,
): Promise<SealedAssertionKey> {
  const { kid, alg, privateKey } = await keys.signer('assertion')
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
  const jwe = await sealTo(ephemeral_jwk, jwk)
  const told = { decision: 'allowed', ring: 'assertion', kid, actor: 'service:proxy', request_id: requestId } as const
  audit.record('audit.key.handed-out', told)
  return { kid, alg, jwe }
}

async function sealTo(recipient: EphemeralJwk, jwk: JWK & { readonly kid: string }): Promise<string> {
  try {
    return await new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'jwk+json', kid: jwk.kid })
      .encrypt(await importJWK({ ...recipient, alg: 'ECDH-ES' }))
  } catch {
    // Off its curve, or of so small an order that everybody knows the secret (RFC 7748 §6.1).
    throw refuse('ephemeral_key_invalid')
  }
}
