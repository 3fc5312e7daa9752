/**
 * `x-gateway-assertion`: who calls, as a short-lived JWT (RFC 7519) of the gateway's for one backend, so that it need not
 * trust bare headers (pain-12). Verified with `/.well-known/gateway-assertion-jwks.json`. Signed once per token and minute.
 */
import { randomUUID } from 'node:crypto'
import type { SigningKey } from '../assertion/assertion-key.ts'
import type { ServedService } from '../domain/served-service.ts'
import { signJws } from '../token/jws.ts'
import type { TokenClaims, VerifiedToken } from '../token/verify.ts'

export interface AssertionsDeps {
  readonly issuer: string
  readonly key: () => SigningKey | undefined
}

const LIFE_SECONDS = 120
/** A new one is made when this much is left, so that none ends on its way. */
const LEFT_MIN_SECONDS = 60
/** RFC 8725 §3.11: what it is stands in its head, so that nobody takes it for an access token. */
const TYPE = 'gateway-assertion+jwt'

interface Made {
  readonly jwt: string
  readonly audience: string
  readonly kid: string
  readonly renewAtMs: number
}

/** The assertion for a backend that has an audience; undefined while there is no key to sign it. */
export type Assertions = (
  token: VerifiedToken,
  served: ServedService,
  audience: string,
  now: number,
) => string | undefined

export function createAssertions({ issuer, key }: AssertionsDeps): Assertions {
  const made = new WeakMap<VerifiedToken, Made>()
  return (token, { service }, audience, now) => {
    const signingKey = key()
    if (signingKey === undefined) return undefined
    const known = made.get(token)
    if (known?.audience === audience && known.kid === signingKey.kid && now < known.renewAtMs) return known.jwt
    const iat = Math.floor(now / 1_000)
    const { claims } = token
    const payload = {
      iss: issuer,
      aud: audience,
      ...principalOf(claims),
      service: service.id,
      scope: claims.scope,
      iat,
      exp: iat + LIFE_SECONDS,
      jti: randomUUID(),
    }
    const jwt = signJws({ typ: TYPE, alg: signingKey.alg, kid: signingKey.kid }, payload, signingKey.privateKey)
    const renewAtMs = now + (LIFE_SECONDS - LEFT_MIN_SECONDS) * 1_000
    made.set(token, { jwt, audience, kid: signingKey.kid, renewAtMs })
    return jwt
  }
}

/** A machine client (RFC 9068 §2.2: `sub` is then the client's id) is no user, and cannot be taken for one. */
function principalOf(claims: TokenClaims): Readonly<Record<string, unknown>> {
  const { sub, client_id, auth_time, email, email_verified, name, picture, provider } = claims
  if (sub === client_id) return { sub: `client:${client_id}`, client_id }
  const mail = email_verified === false ? {} : { email, email_verified }
  return { sub, client_id, auth_time, ...mail, name, picture, provider }
}
