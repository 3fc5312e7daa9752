/**
 * Every "no" of this service. It has no public HTTP: the auth-server's table gives each its wire form (all of them are
 * `invalid_grant`, but `scope_widened`, RFC 6749 §5.2 `invalid_scope`, and `resource_mismatch`, RFC 8707 §2 `invalid_target`).
 * The last three are for the account page, for operators and for proxies. What `check-user` of the provider-bridge refuses passes through unchanged.
 */
import { Refusal } from '@gateway/kernel'

/** Code → when. The README repeats this table, and a test compares them. */
export const refusals = {
  code_replayed: 'the code had been redeemed before; its family is revoked (RFC 6749 §4.1.2)',
  refresh_token_invalid: 'malformed, unknown, of another client, or of a client without this grant',
  refresh_token_expired: 'unused for too long, or older than a family may become',
  refresh_token_reused: 'superseded longer ago than the grace window; the family is revoked (OAuth 2.1 §4.3.1)',
  family_revoked: 'the family was revoked before',
  scope_widened: 'more scopes than were granted (RFC 6749 §6)',
  resource_mismatch: 'another resource than was granted (RFC 8707 §2.2)',
  family_unknown: 'there is no such family, or it is another user’s',
  key_unknown: 'no ring has such a key (any more)',
  ephemeral_key_invalid: 'nothing can be sealed to the key that was sent',
} as const satisfies Record<string, string>
export type RefusalCode = keyof typeof refusals

/** `detail` is for logs and audit only. */
export function refuse(code: RefusalCode, detail: Readonly<Record<string, unknown>> = {}): Refusal {
  return new Refusal(code, detail)
}
