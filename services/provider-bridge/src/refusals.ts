/**
 * Every "no" of this service. It has no public HTTP: whoever asks gives each its form, a page for the login (auth-server)
 * and `invalid_grant` for `check-user` (RFC 6749 §5.2).
 */
import { Refusal } from '@gateway/kernel'

/** Code → when. The README repeats this table, and a test compares them. */
export const refusals = {
  login_invalid: 'the sealed login is unreadable, older than ten minutes, or of another `state` than the callback',
  login_repeated: 'this login has been finished before',
  login_denied: 'the person declined at the identity provider (RFC 6749 §4.1.2.1 `access_denied`)',
  login_failed: 'the identity provider answered with another error, or its answer does not check out',
  user_blocked: 'an operator blocked this person',
  user_denied: 'the access rules keep this person out; `detail.rule` says which',
  user_unknown: 'no profile is held of this person: a new sign-in brings one',
  sign_in_required:
    'sessions that began before were ended by an operator or by the provider, or a rule names a claim that the last sign-in did not bring',
  upstream_token_missing: 'the service does not ask for the user’s own token, or none is held that still works',
  ephemeral_key_invalid: 'nothing can be sealed to the key that was sent',
} as const satisfies Record<string, string>
export type RefusalCode = keyof typeof refusals

/** `detail` is for logs and audit only. */
export function refuse(code: RefusalCode, detail: Readonly<Record<string, unknown>> = {}): Refusal {
  return new Refusal(code, detail)
}
