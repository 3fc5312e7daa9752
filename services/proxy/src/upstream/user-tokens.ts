/**
 * Users' own access tokens at the identity provider, for backends that are meant to act as the user there: asked of the
 * provider-bridge once for each of our tokens, held with that in memory, and gone with it. Never a client's token (R5).
 */
import { call, type Requester } from '@gateway/bus'
import { upstreamToken, upstreamTokenSchema } from '@gateway/contracts'
import { type Clock, newId, Refusal, Unavailable } from '@gateway/kernel'
import { ephemeralKey } from '@gateway/oauth'
import type { VerifiedToken } from '../token/verify.ts'

export interface UserTokens {
  /** The `Authorization` value. The promise rejects with Unavailable, or with the Refusal that another call would meet as well. */
  of(token: VerifiedToken, serviceId: string): string | Promise<string>
  /** The backend did not take it. */
  refused(token: VerifiedToken): void
}

interface Held {
  readonly authorization: string
  readonly until: number
}

/** Whoever may no longer use the provider, and what was renewed there, is noticed by then. */
const HELD_MS_MAX = 300_000
/** It has to last for the call. */
const LEFT_MS = 10_000
/** After a failure nobody asks for this token again so soon. */
const RETRY_MS = 1_000

/** Weak: a token that leaves the cache of verified tokens, revoked or expired, takes its own with it. */
export function createUserTokens({ bus, clock }: { readonly bus: Requester; readonly clock: Clock }): UserTokens {
  const held = new WeakMap<VerifiedToken, Held>()
  const asking = new WeakMap<VerifiedToken, Promise<string>>()
  const failed = new WeakMap<VerifiedToken, { readonly error: unknown; readonly until: number }>()

  async function ask(token: VerifiedToken, serviceId: string): Promise<string> {
    const { sub, client_id, auth_time } = token.claims
    // A machine has signed in nowhere.
    if (sub === client_id || auth_time === undefined) throw new Refusal('upstream_token_missing')
    const key = await ephemeralKey()
    const input = { sub, since: auth_time, service: serviceId, ephemeral_jwk: key.publicJwk }
    const { jwe } = await call(bus, upstreamToken, input, { requestId: newId(), now: clock() })
    const { access_token, expires_at } = await opened(key.open(jwe))
    const now = clock()
    const authorization = `Bearer ${access_token}`
    const until = Math.min(now + HELD_MS_MAX, (expires_at ?? Number.POSITIVE_INFINITY) - LEFT_MS)
    held.set(token, { authorization, until })
    return authorization
  }

  return {
    of(token, serviceId) {
      const known = held.get(token)
      if (known !== undefined && clock() < known.until) return known.authorization
      const failure = failed.get(token)
      if (failure !== undefined && clock() < failure.until) return Promise.reject(failure.error)
      let asked = asking.get(token)
      if (asked === undefined) {
        asked = ask(token, serviceId)
          .catch((error: unknown) => {
            failed.set(token, { error, until: clock() + RETRY_MS })
            throw error
          })
          .finally(() => asking.delete(token))
        asking.set(token, asked)
      }
      return asked
    },
    refused: (token) => void held.delete(token),
  }
}

async function opened(plaintext: Promise<string>) {
  try {
    return upstreamTokenSchema.parse(JSON.parse(await plaintext))
  } catch (cause) {
    throw new Unavailable('provider-bridge', { cause })
  }
}
