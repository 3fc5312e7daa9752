/** The way to the identity provider (RFC 6749 §4.1.1). Nothing is recorded: whether anything came of it, the callback tells. */
import type { BeginLoginInput, LoginStarted } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { randomPKCECodeVerifier } from 'openid-client'
import { type BridgeDeps, configuredProvider } from '../deps.ts'
import { sealLogin } from '../sealed-login.ts'

export async function begin(deps: BridgeDeps, { max_age, ...wishes }: BeginLoginInput): Promise<LoginStarted> {
  const provider = configuredProvider(deps)
  const { id, name } = provider.settings
  const secrets = { state: newId(), nonce: newId(), verifier: randomPKCECodeVerifier(), maxAge: max_age }
  const url = await provider.authorizationUrl(secrets, wishes)
  return { url, state: secrets.state, login: sealLogin(deps.keyring, id, secrets, deps.clock()), provider: name }
}
