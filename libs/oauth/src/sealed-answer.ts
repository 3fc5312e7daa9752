/** A secret on its way over the bus: sealed to a key pair made for that one answer, so that no bus reads it (RFC 7516). */
import { CompactEncrypt, compactDecrypt, importJWK, type JWK } from 'jose'

/** RFC 7518 §4.6 (ECDH-ES in direct mode), §5.3; RFC 8725 §3.1: these two and no other. */
const ALG = 'ECDH-ES'
const ENC = 'A256GCM'

/** @throws what jose throws for a key off its curve, or of so small an order that everybody knows the secret (RFC 7748 §6.1) */
export async function sealTo(
  recipient: JWK,
  plaintext: string,
  header: { readonly cty?: string; readonly kid?: string } = {},
): Promise<string> {
  return new CompactEncrypt(Buffer.from(plaintext))
    .setProtectedHeader({ alg: ALG, enc: ENC, ...header })
    .encrypt(await importJWK({ ...recipient, alg: ALG }))
}

export interface EphemeralKey {
  readonly publicJwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  /** @throws what jose throws for what was not sealed to this key */
  open(jwe: string): Promise<string>
}

export async function ephemeralKey(): Promise<EphemeralKey> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
    'deriveBits',
  ])
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey)
  return {
    publicJwk: { kty: 'EC', crv: 'P-256', x, y },
    async open(jwe) {
      const { plaintext } = await compactDecrypt(jwe, privateKey, {
        keyManagementAlgorithms: [ALG],
        contentEncryptionAlgorithms: [ENC],
      })
      return Buffer.from(plaintext).toString()
    },
  }
}
