/** Whether an answer under way may go on by what is known now: its service, its token, and the rules, as they stand. */
import type { Catalogue } from '../domain/catalogue.ts'
import { lackOf } from '../domain/operation-rules.ts'
import { scopesSuffice } from '../domain/served-service.ts'
import { problemWhileOpen, type VerifierDeps } from '../token/verify.ts'
import type { Call } from './call.ts'
import { statedLength } from './request-body.ts'

export interface WhileOpenDeps extends VerifierDeps {
  readonly catalogue: Catalogue
  /** How long a stream goes on after its token has expired. */
  readonly lingerMs: () => number
}

export function createWhileOpen(deps: WhileOpenDeps): (call: Call, now: number) => string | undefined {
  return (call, now) => {
    const opened = call.served
    const served = opened && deps.catalogue.get(opened.service.id)
    if (served === undefined) return 'service_removed'
    const { token } = call
    // pain-14: what ends a token ends what it opened (RFC 7009 §2.1 counts for requests under way too).
    if (!served.service.auth_required) return undefined
    if (token === undefined) return 'credentials_missing'
    const problem = problemWhileOpen({ ...deps, lingerMs: deps.lingerMs() }, token, served, now)
    if (problem !== undefined) return problem
    // The same entry as when it was opened: nothing of it can have changed.
    if (served === opened) return undefined
    if (!scopesSuffice(served.service, token.scopes)) return 'scope_insufficient'
    if (served.rules === undefined) return undefined
    // What it asks for was not looked at when there was no rule: it asks again, and is judged.
    if (call.read === undefined && statedLength(call.request) !== 0) return 'rules_unjudged'
    return lackOf(served.rules.needsOf(call.read?.operations ?? []), token)
  }
}
