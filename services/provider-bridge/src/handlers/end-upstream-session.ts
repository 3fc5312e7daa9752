/** A sign-out, as far as the provider is concerned. It never fails for the provider's sake: whoever leaves, leaves. */
import type { EndUpstreamSessionInput } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import type { BridgeDeps } from '../deps.ts'
import type { HeldTokens } from '../people.ts'

export async function endSession(
  deps: BridgeDeps,
  { sub, revoke, post_logout_redirect_uri, state }: EndUpstreamSessionInput,
): Promise<{ url?: string | undefined }> {
  const tokens = (await deps.people.tokens(sub))?.value
  if (revoke) await revokeUpstream(deps, sub)
  const wishes = { id_token_hint: tokens?.id_token, post_logout_redirect_uri, state }
  const parameters = Object.entries(wishes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  try {
    const url = await deps.provider?.endSessionUrl(Object.fromEntries(parameters) as Record<string, string>)
    return url === undefined ? {} : { url }
  } catch (error) {
    if (error instanceof Unavailable) return {}
    throw error
  }
}

/**
 * The refresh token first, which ends what depends on it (RFC 7009 §2.1); where there is none, the access token. Forgotten
 * whatever the provider answers: what it did not hear of ends there by itself.
 */
export async function revokeUpstream({ people, provider, log }: BridgeDeps, sub: string): Promise<void> {
  const tokens: HeldTokens | undefined = (await people.tokens(sub))?.value
  if (!tokens) return
  await people.forgetTokens(sub)
  try {
    const isOurs = provider?.settings.clientId === tokens.client_id
    if (isOurs) await provider.revoke(tokens.refresh_token ?? tokens.access_token)
  } catch (error) {
    log.warn({ err: error }, 'the tokens of a user could not be revoked at the identity provider')
  }
}
