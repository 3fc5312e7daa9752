/** What the routes need, passed by hand. */
import { type Bus, call } from '@gateway/bus'
import type { Config } from '@gateway/config'
import type { Clock, Keyring, Operation } from '@gateway/kernel'
import type { Audit, FastifyReply, FastifyRequest } from '@gateway/service'
import type { Catalogue } from './domain/catalogue.ts'
import { languageOf } from './language.ts'
import type { Limits } from './limits.ts'
import type { Pages } from './pages/pages.ts'
import type { Language } from './pages/texts.ts'
import type { PushedRequests } from './pushed-requests.ts'
import type { Sessions } from './sessions.ts'

export interface Context {
  /** In force now: a reload changes it. */
  readonly config: Config
  readonly bus: Bus
  readonly keyring: Keyring
  readonly clock: Clock
  readonly audit: Audit
  readonly catalogue: Catalogue
  readonly pages: Readonly<Record<Language, Pages>>
  readonly sessions: Sessions
  readonly pushed: PushedRequests
  readonly limits: Limits
}

/** The pages in the language of whoever asked. @param asked the language that a client asked for */
export function pagesFor(context: Context, request: FastifyRequest, asked?: string): Pages {
  return context.pages[languageOf(request, asked)]
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  /** False where a GET does something that must not be done twice. */
  readonly head?: false
  /** Who reads its errors: a person (HTML) or a program (JSON). */
  readonly surface: 'page' | 'json'
  /** Readable from every origin, without credentials (pain-17). Never for what a person decides on. */
  readonly cors: boolean
  /** The event that tells of a refusal; what decides nothing has none. */
  readonly audit?: 'audit.authorization.refused' | 'audit.token.refused' | 'audit.client.refused'
  /** Refusals of this endpoint that whoever was asked records itself. */
  readonly recordedElsewhere?: readonly string[]
  /** What a body that cannot be read is refused as; absent: `invalid_request`. */
  readonly malformed?: 'registration_unreadable'
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

/** Asks another service on behalf of this request. @throws Refusal, Unavailable */
export function ask<Input, Output>(
  context: Context,
  request: FastifyRequest,
  operation: Operation<Input, Output>,
  input: Input,
): Promise<Output> {
  return call(context.bus, operation, input, { requestId: request.id, now: context.clock() })
}
