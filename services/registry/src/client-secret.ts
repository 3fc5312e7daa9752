/**
 * Client secrets (RFC 6749 §2.3.1), derived and never stored: `<key id>.<HMAC over the client id>`. The key id lets sealing
 * keys be rotated while secrets made under the old one go on working. `[A-Za-z0-9._-]` only, because SDK clients do not
 * form-encode what they put into a Basic header.
 */
import type { Keyring } from '@gateway/kernel'

const LABEL = 'client-secret'

export function clientSecretOf(keyring: Keyring, clientId: string): string {
  return `${keyring.activeId}.${keyring.mac(LABEL, clientId)}`
}

/** In constant time. */
export function isClientSecretOf(keyring: Keyring, clientId: string, secret: string): boolean {
  const dot = secret.indexOf('.')
  return dot > 0 && keyring.verifyMac(LABEL, clientId, secret.slice(0, dot), secret.slice(dot + 1))
}
