/**
 * The public keys (RFC 7517 §5). Asked of the token-issuer at most once a minute, and served from memory while it is away:
 * keys are published long before they are used, so an old answer is right for longer than an outage lasts.
 */
import { type Jwks, jwks, type RingName } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import type { FastifyRequest } from '@gateway/service'
import { ask, type Context, type Route } from '../context.ts'

const DOCUMENTS: readonly { readonly url: string; readonly ring: RingName }[] = [
  { url: '/.well-known/jwks.json', ring: 'access-token' },
  { url: '/.well-known/gateway-assertion-jwks.json', ring: 'assertion' },
]
const AGE_MS = 60_000

export function jwksRoutes(context: Context): readonly Route[] {
  return DOCUMENTS.map(({ url, ring }): Route => {
    const read = cached(context, ring)
    return {
      method: 'GET',
      url,
      surface: 'json',
      cors: true,
      handler: async (request, reply) =>
        reply.header('Cache-Control', `public, max-age=${AGE_MS / 1_000}`).send(await read(request)),
    }
  })
}

function cached(context: Context, ring: RingName): (request: FastifyRequest) => Promise<Jwks> {
  let known: { readonly keys: Jwks; readonly at: number } | undefined
  let asking: Promise<Jwks> | undefined

  async function refresh(request: FastifyRequest): Promise<Jwks> {
    try {
      const keys = await ask(context, request, jwks, { ring })
      known = { keys, at: context.clock() }
      return keys
    } catch (error) {
      if (known && error instanceof Unavailable) return known.keys
      throw error
    }
  }

  return async (request) => {
    if (known && context.clock() - known.at < AGE_MS) return known.keys
    asking ??= refresh(request).finally(() => {
      asking = undefined
    })
    return asking
  }
}
