/** A user and an approved request become an authorization with a code, and the yes is recorded for that user. */
import { handle, load } from '@gateway/bus'
import { Refusal } from '@gateway/kernel'
import type { FastifyRequest } from '@gateway/service'
import { authorizations, consents } from './aggregates.ts'
import type { Context } from './context.ts'
import type { AuthorizationRequest } from './domain/authorization-request.ts'
import { answerUri } from './domain/authorization-response.ts'
import { codeOf } from './domain/code.ts'
import { type ConsentSubject, consentIdOf } from './domain/consent.ts'

export interface Approval {
  /** The authorization's. */
  readonly id: string
  readonly asked: AuthorizationRequest
  readonly user: { readonly sub: string; readonly auth_time: number }
  /** False: an earlier yes is used, and nothing new was said. */
  readonly asksAnew: boolean
}

/**
 * The authorization first: whoever loses its append has used an approval twice and changes nothing (RFC 6749 §4.1.2, §10.12).
 * @returns where the client's answer goes
 * @throws Refusal `authorization_repeated`, `too_many_requests`
 */
export async function issueCode(context: Context, request: FastifyRequest, approval: Approval): Promise<string> {
  const { id, asked, user, asksAnew } = approval
  await context.limits.code(user.sub)
  const at = context.clock()
  const { redirect_uri, code_challenge, nonce, scopes } = asked
  const decision = { requestId: request.id, actor: `user:${user.sub}`, at }
  const about = subjectOf(user.sub, asked)
  const grant = { ...about, scopes, redirect_uri, code_challenge, auth_time: user.auth_time }
  await handle(
    context.bus,
    authorizations,
    id,
    {
      type: 'IssueCode',
      grant: nonce === undefined ? grant : { ...grant, nonce },
      at,
      ttlMs: context.config.tokens.code_ttl_seconds * 1_000,
    },
    decision,
  )
  if (asksAnew) {
    await handle(
      context.bus,
      consents,
      consentIdOf(about),
      { type: 'GrantConsent', subject: about, scopes, at },
      decision,
    )
  }
  return answerWithCode(context, id, asked)
}

/** Whom and what a yes is about. */
export function subjectOf(sub: string, { client, service, resource }: AuthorizationRequest): ConsentSubject {
  return { sub, client_id: client.id, service, resource }
}

/**
 * The same answer once more for a button that was pressed twice, as long as nobody has redeemed the code: the browser
 * follows the last press alone.
 * @throws Refusal `authorization_repeated`
 */
export async function answerAgain(context: Context, id: string, asked: AuthorizationRequest): Promise<string> {
  const { state } = await load(context.bus, authorizations, id)
  if (state.status !== 'issued' || state.expires_at < context.clock()) throw new Refusal('authorization_repeated')
  return answerWithCode(context, id, asked)
}

function answerWithCode(context: Context, id: string, asked: AuthorizationRequest): string {
  return answerUri(context.config.issuer, asked, { code: codeOf(context.keyring, id) })
}
