/**
 * The user's own access token at the provider on its way to a proxy, for a backend that is meant to act as the user there. Only
 * for services whose configuration asks for it; sealed to a key that the proxy made for this answer.
 */
import type { UpstreamToken, UpstreamTokenInput } from '@gateway/contracts'
import { sealTo } from '@gateway/oauth'
import type { BridgeDeps } from '../deps.ts'
import { refuse } from '../refusals.ts'
import { check } from './check-user.ts'

/** One that ends sooner is renewed first: it has to last for the call. */
const LEFT_MS = 60_000

export async function handOutUpstreamToken(
  deps: BridgeDeps,
  { sub, since, service, ephemeral_jwk }: UpstreamTokenInput,
): Promise<{ jwe: string }> {
  if (!deps.rules.userTokenServices.includes(service)) throw refuse('upstream_token_missing', { service })
  const isDue = await endsWithin(deps, sub, LEFT_MS)
  await check(deps, { sub, since, service, refreshing: isDue })
  const held = (await deps.people.tokens(sub))?.value
  if (held === undefined || (await endsWithin(deps, sub, 0))) throw refuse('upstream_token_missing', { service })
  const { access_token, expires_at } = held
  const token: UpstreamToken = { access_token, ...(expires_at === undefined ? {} : { expires_at }) }
  const jwe = await sealTo(ephemeral_jwk, JSON.stringify(token)).catch(() => {
    throw refuse('ephemeral_key_invalid')
  })
  return { jwe }
}

async function endsWithin({ people, clock }: BridgeDeps, sub: string, ms: number): Promise<boolean> {
  const endsAt = (await people.tokens(sub))?.value.expires_at
  return endsAt !== undefined && endsAt <= clock() + ms
}
