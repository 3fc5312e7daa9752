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

/** Forgotten whatever the provider answers: what it did not hear of ends there by itself. */
export async function revokeUpstream({ people, provider, log }: BridgeDeps, sub: string): Promise<void> {
  const tokens: HeldTokens | undefined = (await people.tokens(sub))?.value
  if (!tokens) return
  await people.forgetTokens(sub)
  if (provider?.settings.clientId !== tokens.client_id) return
  const failure = await provider.revoke(tokens).catch((error: unknown) => {
    if (error instanceof Unavailable) return { reason: 'unavailable' }
    throw error
  })
  if (failure) log.warn({ sub, ...failure }, 'the tokens of a user could not be revoked at the identity provider')
}
