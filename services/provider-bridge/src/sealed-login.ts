/** A login between its beginning and its end: kept in the browser, sealed, so that any replica can finish it and no other browser. */
import { type Keyring, secretEquals } from '@gateway/kernel'
import { z } from 'zod'
import { refuse } from './refusals.ts'
import type { LoginSecrets } from './upstream/provider.ts'

/** The auth-server seals its own half as `login`: two purposes share no key. */
const LABEL = 'provider-login'
const LIFE_MS = 10 * 60_000

const sealedSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  max_age: z.number().optional(),
  /** Milliseconds since the epoch. */
  expires_at: z.number(),
})

/** `provider` is authenticated with it: a login begun at one provider is not finished at another. */
export function sealLogin(keyring: Keyring, provider: string, secrets: LoginSecrets, now: number): string {
  const { state, nonce, verifier, maxAge } = secrets
  return keyring.sealJson(LABEL, { state, nonce, verifier, max_age: maxAge, expires_at: now + LIFE_MS }, provider)
}

/** @throws Refusal `login_invalid` unless it is ours, in time, and of the `state` that the callback's query holds, once */
export function openLogin(
  keyring: Keyring,
  provider: string,
  sealed: string,
  query: string,
  now: number,
): LoginSecrets {
  const opened = sealedSchema.safeParse(keyring.openJson(LABEL, sealed, provider))
  if (!opened.success) throw refuse('login_invalid', { reason: 'unreadable' })
  const { state, nonce, verifier, max_age, expires_at } = opened.data
  const states = new URLSearchParams(query).getAll('state')
  if (states.length !== 1 || !secretEquals(states[0] ?? '', state)) {
    throw refuse('login_invalid', { reason: 'another state' })
  }
  if (now >= expires_at) throw refuse('login_invalid', { reason: 'expired' })
  return { state, nonce, verifier, maxAge: max_age }
}
