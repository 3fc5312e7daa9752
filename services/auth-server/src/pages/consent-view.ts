/** What the consent page shows of a request: names, where the answer goes, and the scopes in words. */
import type { Profile, Service } from '@gateway/contracts'
import { isLoopbackRedirect, isPrivateUseRedirect } from '@gateway/oauth'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { redirectHost } from '../domain/authorization-response.ts'
import { accountName, initialOf, type ShownScope, scopesInWords, shownName } from './shown.ts'
import type { Texts } from './texts.ts'

export interface ConsentView {
  readonly client: {
    readonly name: string
    readonly initial: string
    readonly verified: boolean
    /** Of a metadata document: who published it was checked by fetching it from there. */
    readonly host?: string
  }
  readonly service: { readonly name: string; readonly initial: string; readonly resource: string }
  readonly target: {
    /** A7: the host that gets the answer, clearly. */
    readonly host: string
    /** What stands there when it is no web site. */
    readonly kind?: string
    /** A6, A7: anything on this device could be listening. */
    readonly warn: boolean
  }
  /** Who is signed in in this browser: his yes is enough. */
  readonly account?: { readonly name: string; readonly email?: string }
  readonly scopes: readonly ShownScope[]
  readonly requestId: string
  /** The sealed request, for the form. */
  readonly envelope: string
}

export function consentView(
  asked: AuthorizationRequest,
  service: Service,
  page: {
    readonly texts: Texts
    readonly requestId: string
    readonly envelope: string
    readonly profile?: Profile | undefined
  },
): ConsentView {
  const name = shownName(asked.client.name, page.texts)
  const { texts, profile } = page
  const { id, origin } = asked.client
  const host = origin === 'metadata_document' ? URL.parse(id)?.host : undefined
  return {
    client: {
      name,
      initial: initialOf(name),
      verified: origin !== 'registered',
      ...(host === undefined ? {} : { host }),
    },
    ...(profile === undefined ? {} : { account: accountName(profile, texts) }),
    service: { name: service.name, initial: initialOf(service.name), resource: asked.resource },
    target: targetOf(asked.redirect_uri, page.texts),
    scopes: scopesInWords(asked.scopes, service, page.texts),
    requestId: page.requestId,
    envelope: page.envelope,
  }
}

function targetOf(redirectUri: string, { consent }: Texts): ConsentView['target'] {
  const host = redirectHost(redirectUri)
  if (isLoopbackRedirect(redirectUri)) return { host, kind: consent.loopback, warn: true }
  if (isPrivateUseRedirect(redirectUri)) return { host, kind: consent.local, warn: true }
  return { host, warn: false }
}
