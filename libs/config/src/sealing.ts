/** The sealing keys of a deployment: those of the configuration, or one derived from `session_secret` (HKDF-SHA256, RFC 5869). */
import { hkdfSync } from 'node:crypto'
import { Keyring, Secret } from '@gateway/kernel'
import type { Config } from './sections.ts'

export function keyringOf(config: Pick<Config, 'session_secret' | 'storage'>): Keyring {
  const configured = config.storage.sealing_keys
  if (configured) {
    return new Keyring(
      configured.active,
      Object.entries(configured.keys).map(([id, secret]) => ({ id, secret })),
    )
  }
  const derive = (label: string, length: number) =>
    Buffer.from(hkdfSync('sha256', config.session_secret.open(), 'mcp-oauth-gateway', label, length)).toString(
      'base64url',
    )
  // The id is derived too: after a change of session_secret, old values name a key that is unknown rather than fail to open.
  const id = derive('session-secret:sealing-key-id', 6)
  return new Keyring(id, [{ id, secret: new Secret(derive('session-secret:sealing-key', 32)) }])
}
