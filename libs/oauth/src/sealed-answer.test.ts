import { describe, expect, it } from 'vitest'
import { ephemeralKey, sealTo } from './sealed-answer.ts'

describe('a sealed answer', () => {
  it('is opened by the key that it was sealed to and by no other', async () => {
    const [key, other] = [await ephemeralKey(), await ephemeralKey()]
    const jwe = await sealTo(key.publicJwk, 'a secret', { cty: 'jwk+json', kid: 'k1' })
    expect(await key.open(jwe)).toBe('a secret')
    await expect(other.open(jwe)).rejects.toMatchObject({ code: 'ERR_JWE_DECRYPTION_FAILED' })
  })

  it('is sealed anew each time, with the two algorithms that are agreed on', async () => {
    const key = await ephemeralKey()
    const [one, another] = [await sealTo(key.publicJwk, 'x'), await sealTo(key.publicJwk, 'x')]
    expect(one).not.toBe(another)
    const header = JSON.parse(Buffer.from(one.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>
    expect(header).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM' })
  })

  it('is not made for a point off the curve', async () => {
    const off = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }
    await expect(sealTo(off, 'x')).rejects.toBeInstanceOf(Error)
  })
})
