/** The assertion key on its way to a proxy: sealed to a key that the proxy made for this answer, so that no bus reads it. */
import type { RequestContext } from '@gateway/bus'
import type { EphemeralJwk, SealedAssertionKey } from '@gateway/contracts'
import { sealTo } from '@gateway/oauth'
import type { IssuerDeps } from '../deps.ts'
import { refuse } from '../refusals.ts'

/** RFC 7517 §7 for the content type of a key that travels. */
export async function handOutAssertionKey(
  { keys, audit }: IssuerDeps,
  { ephemeral_jwk }: { readonly ephemeral_jwk: EphemeralJwk },
  { requestId }: RequestContext,
): Promise<SealedAssertionKey> {
  const { kid, alg, privateKey } = await keys.signer('assertion')
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
  const jwe = await sealTo(ephemeral_jwk, JSON.stringify(jwk), { cty: 'jwk+json', kid }).catch(() => {
    throw refuse('ephemeral_key_invalid')
  })
  const told = { decision: 'allowed', ring: 'assertion', kid, actor: 'service:proxy', request_id: requestId } as const
  audit.record('audit.key.handed-out', told)
  return { kid, alg, jwe }
}
