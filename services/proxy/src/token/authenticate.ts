/** Who calls: from the `Authorization` header (RFC 6750 §2.1) to a verified token of this service, or the refusal. */
import { type ServedService, scopesSuffice } from '../domain/served-service.ts'
import type { RefusalCode } from '../refusals.ts'
import { createTokenCache, digestOf } from './token-cache.ts'
import { problemInUse, type VerifiedToken, type VerifierDeps, verifyToken } from './verify.ts'

export interface Denied {
  readonly ok: false
  readonly refusal: RefusalCode
  /** For the audit; absent where the refusal says it all. */
  readonly reason?: string
  /** Whose token it was, once its signature has held. */
  readonly token?: VerifiedToken
}

export interface Credentials {
  /** The header's value. */
  readonly authorization: string | undefined
  /** How many such headers there were. */
  readonly count: number
}

/** RFC 6750 §2.1, §5: the scheme in any case, one space, a b64token. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const OTHER_SCHEME = /^(?!bearer(?: |$))[A-Za-z0-9!#$%&'*+.^_`|~-]+(?: |$)/i

const MISSING: Denied = { ok: false, refusal: 'credentials_missing' }
const MALFORMED: Denied = { ok: false, refusal: 'credentials_malformed' }

export type Authenticate = (credentials: Credentials, served: ServedService, now: number) => VerifiedToken | Denied

export function createAuthenticate(deps: VerifierDeps): Authenticate {
  const cache = createTokenCache()

  /** Of a header that was seen before only what can have changed is judged; `digest` is the header's, scheme and all. */
  function again(digest: string, known: VerifiedToken, served: ServedService, now: number): VerifiedToken | Denied {
    const problem = problemInUse(deps, known, served, now)
    if (problem === undefined) return known
    // A token of another service is still good there.
    if (problem !== 'token_audience') cache.delete(digest)
    return { ok: false, refusal: 'token_invalid', reason: problem }
  }

  function first(digest: string, authorization: string, served: ServedService, now: number): VerifiedToken | Denied {
    const text = BEARER.exec(authorization)?.[1]
    // Credentials of another scheme are none that this resource knows: its challenge says which it wants.
    if (text === undefined) return OTHER_SCHEME.test(authorization) ? MISSING : MALFORMED
    const token = verifyToken(deps, text, served, now)
    if (!token.ok) return { ok: false, refusal: 'token_invalid', reason: token.reason }
    cache.put(digest, token)
    return token
  }

  return ({ authorization, count }, served, now) => {
    if (authorization === undefined) return MISSING
    if (count > 1) return MALFORMED
    const digest = digestOf(authorization)
    const known = cache.get(digest)
    const token = known ? again(digest, known, served, now) : first(digest, authorization, served, now)
    if (!token.ok || scopesSuffice(served.service, token.scopes)) return token
    return { ok: false, refusal: 'scope_insufficient', token }
  }
}
