/** Access tokens that are almost right, bent in every way that RFC 8725 warns of. */
import { createSigner, type Signer, signToken } from '../tokens.ts'
import type { Chance } from './random.ts'

export interface Ingredients {
  readonly signer: Signer
  /** A good token, and its claims. */
  readonly token: string
  readonly claims: Readonly<Record<string, unknown>>
}

type Bend = (random: Chance, from: Ingredients) => string

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const withHeader =
  (header: Record<string, unknown>): Bend =>
  (_random, { signer, claims }) =>
    signToken(signer, { claims, header })
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

const STRANGER = createSigner('stranger')

/** RFC 8725: every way to have a token taken that nobody signed so. */
const BENDS: readonly Bend[] = [
  ...['none', 'None', 'NONE', 'HS256', 'ES512', 'RS256', '', null, 7, ['ES256']].map((alg) => withHeader({ alg })),
  ...['JWT', 'at+jwt ', 'id+jwt', '', null, 1, 'gateway-assertion+jwt'].map((typ) => withHeader({ typ })),
  ...['', '../../etc/passwd', null, 1, ['x'], '__proto__', 'constructor', 'x'.repeat(5_000), '\u0000'].map((kid) =>
    withHeader({ kid }),
  ),
  withHeader({ crit: ['exp'] }),
  // Somebody else's key under our key's name, brought along in the token.
  (_random, { signer, claims }) => {
    const jwk = STRANGER.ring.keys[0]?.public_jwk
    return signToken(STRANGER, { claims, header: { kid: signer.kid, jwk, jku: 'http://127.0.0.1:1/jwks' } })
  },
  (_random, { token }) => `${token.split('.', 2).join('.')}.`,
  (_random, { token }) => token.split('.', 2).join('.'),
  (_random, { token }) => `${token}.${token}`,
  (_random, { token }) => `.${token}`,
  (_random, { token }) => `${token}=`,
  (_random, { token }) => `${encode({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1] ?? ''}.`,
  (_random, { token }) => `${encode(nested(2_000))}.${encode(nested(2_000))}.${token.split('.')[2] ?? ''}`,
  (_random, { token }) => token + 'A'.repeat(9_000),
  () => 'A'.repeat(60_000),
  (_random, { signer, claims }) =>
    `${encode(`{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"${signer.kid}"}`)}.${encode(claims)}.AA`,
  ...[
    { aud: ['http://localhost:8080/calculator/mcp'] },
    { aud: 'http://localhost:8080/other/mcp' },
    { iss: 'http://localhost:8080/' },
    { exp: '9999999999' },
    { exp: 1 },
    { exp: null },
    { iat: 9_999_999_999 },
    { nbf: 9_999_999_999 },
    { scope: ['read', 'write'] },
    { sub: null },
    { jti: {} },
  ].map(
    (changed): Bend =>
      (_random, { signer, claims }) =>
        signToken(signer, { claims: { ...claims, ...changed } }),
  ),
  // A letter of it, anywhere but in the last, whose spare bits say nothing.
  (random, { token }) => {
    const at = random.int(token.length - 1)
    return token.slice(0, at) + random.one('ABCabc019-_.'.split('')) + token.slice(at + 1)
  },
]

export function bentToken(random: Chance, from: Ingredients): string {
  return random.one(BENDS)(random, from)
}
