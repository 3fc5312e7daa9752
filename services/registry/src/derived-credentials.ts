/**
 * What a registered client holds, derived and never stored: its secret (RFC 6749 §2.3.1) and its registration access token
 * (RFC 7592 §3). `<key id>.<generation>.<HMAC over client id and generation>`; the secret of the first generation has no
 * number. The key id lets sealing keys be rotated while what was made under the old one goes on working.
 * `[A-Za-z0-9._-]` only, because SDK clients do not form-encode what they put into a Basic header.
 */
import type { Client } from '@gateway/contracts'
import type { Keyring } from '@gateway/kernel'

const SECRET = 'client-secret'
const ACCESS_TOKEN = 'registration-access-token'

/** After a change of the registration the credentials before still work: its answer may have been lost. */
const OVERLAP_MS = 3_600_000

type Holder = Pick<Client, 'client_id' | 'registered_at' | 'credentials'>

interface InForce {
  readonly generation: number
  /** Milliseconds since the epoch. */
  readonly since: number
}

export function credentialsOf({ registered_at, credentials }: Holder): InForce {
  return credentials ?? { generation: 0, since: registered_at }
}

export function clientSecretOf(keyring: Keyring, client: Holder): string {
  const { generation } = credentialsOf(client)
  const mac = keyring.mac(SECRET, secretMessage(client.client_id, generation))
  return generation === 0 ? `${keyring.activeId}.${mac}` : `${keyring.activeId}.${generation}.${mac}`
}

/** RFC 7591 §3.2.1: seconds since the epoch, 0 for never. `ttlSeconds` absent: secrets do not expire. */
export function secretExpiresAt(client: Holder, ttlSeconds: number | undefined): number {
  return ttlSeconds === undefined ? 0 : Math.floor(credentialsOf(client).since / 1_000) + ttlSeconds
}

export interface SecretCheck {
  readonly now: number
  readonly ttlSeconds?: number | undefined
}

/** In constant time. */
export function isClientSecretOf(keyring: Keyring, client: Holder, secret: string, check: SecretCheck): boolean {
  const expiresAt = secretExpiresAt(client, check.ttlSeconds)
  if (expiresAt !== 0 && check.now >= expiresAt * 1_000) return false
  const parts = secret.split('.')
  const [keyId = '', generation = '', mac = ''] = parts.length === 2 ? [parts[0], '0', parts[1]] : parts
  if (parts.length > 3 || (parts.length === 3 && generation === '0') || !isInForce(client, generation, check.now))
    return false
  return keyring.verifyMac(SECRET, secretMessage(client.client_id, Number(generation)), keyId, mac)
}

export function registrationAccessTokenOf(keyring: Keyring, client: Holder): string {
  const { generation } = credentialsOf(client)
  return `${keyring.activeId}.${generation}.${keyring.mac(ACCESS_TOKEN, `${client.client_id}.${generation}`)}`
}

/** In constant time. */
export function isRegistrationAccessTokenOf(keyring: Keyring, client: Holder, token: string, now: number): boolean {
  const [keyId = '', generation = '', mac = '', ...rest] = token.split('.')
  if (rest.length > 0 || !isInForce(client, generation, now)) return false
  return keyring.verifyMac(ACCESS_TOKEN, `${client.client_id}.${generation}`, keyId, mac)
}

function secretMessage(clientId: string, generation: number): string {
  return generation === 0 ? clientId : `${clientId}.${generation}`
}

function isInForce(client: Holder, text: string, now: number): boolean {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(text)) return false
  const { generation, since } = credentialsOf(client)
  const given = Number(text)
  return given === generation || (given === generation - 1 && now < since + OVERLAP_MS)
}
