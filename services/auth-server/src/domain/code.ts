/**
 * The authorization code: `<key id>.<authorization id>.<MAC>`. Nothing of it is stored; the MAC is derived from the sealing
 * keys, so guessing one is hopeless (RFC 6749 §10.10) and a wiped store loses none.
 */
import { type Keyring, keyOf } from '@gateway/kernel'

const FORM = /^([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** From the login's `state`: one login becomes one authorization, however often its callback is called. */
export function authorizationIdOf(state: string): string {
  return keyOf(`authorization:${state}`).slice(0, 22)
}

/** The token family that this authorization's code starts: one code, one family. */
export function familyIdOf(authorizationId: string): string {
  return keyOf(`family:${authorizationId}`).slice(0, 22)
}

export function codeOf(keyring: Keyring, authorizationId: string): string {
  const signed = `${keyring.activeId}.${authorizationId}`
  return `${signed}.${keyring.mac('code', signed)}`
}

/** The authorization's id; undefined when we never issued such a code. */
export function openCode(keyring: Keyring, code: string): string | undefined {
  const [, keyId, id, mac] = FORM.exec(code) ?? []
  if (keyId === undefined || id === undefined || mac === undefined) return undefined
  return keyring.verifyMac('code', `${keyId}.${id}`, keyId, mac) ? id : undefined
}
