/**
 * The form of a refresh token: `<key id>.<family>.<generation>.<mac>`, the MAC derived from the deployment's sealing keys.
 * Nothing is stored for it, so there is nothing to leak or to lose; whether it is current is the family's to say.
 */
import type { Keyring } from '@gateway/kernel'

const LABEL = 'refresh-token'
/** One spelling for each token: no leading zeros, no padding, nothing around it. */
const FORM = /^([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,9})\.([A-Za-z0-9_-]{43})$/

export interface RefreshTokenContent {
  readonly family: string
  readonly generation: number
}

export function formatRefreshToken(keyring: Keyring, { family, generation }: RefreshTokenContent): string {
  const content = `${keyring.activeId}.${family}.${generation}`
  return `${content}.${keyring.mac(LABEL, content)}`
}

/** Undefined when malformed or not made by this deployment; the MAC is compared in constant time. */
export function readRefreshToken(keyring: Keyring, token: string): RefreshTokenContent | undefined {
  const [, keyId, family, generation, mac] = FORM.exec(token) ?? []
  if (keyId === undefined || family === undefined || generation === undefined || mac === undefined) return undefined
  if (!keyring.verifyMac(LABEL, `${keyId}.${family}.${generation}`, keyId, mac)) return undefined
  return { family, generation: Number(generation) }
}
