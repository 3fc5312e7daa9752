/** What the consent page shows of a request: names, where the answer goes, and the scopes in words. */
import type { Service } from '@gateway/contracts'
import { isLoopbackRedirect, isPrivateUseRedirect } from '@gateway/oauth'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { redirectHost } from '../domain/authorization-response.ts'
import type { Texts } from './texts.ts'

export interface ConsentView {
  readonly client: { readonly name: string; readonly initial: string; readonly verified: boolean }
  readonly service: { readonly name: string; readonly initial: string; readonly resource: string }
  readonly target: {
    /** A7: the host that gets the answer, clearly. */
    readonly host: string
    /** What stands there when it is no web site. */
    readonly kind?: string
    /** A6, A7: anything on this device could be listening. */
    readonly warn: boolean
  }
  readonly scopes: readonly { readonly words: string; readonly scope?: string }[]
  readonly requestId: string
  /** The sealed request, for the form. */
  readonly envelope: string
}

export function consentView(
  asked: AuthorizationRequest,
  service: Service,
  page: { readonly texts: Texts; readonly requestId: string; readonly envelope: string },
): ConsentView {
  const name = shownName(asked.client.name, page.texts)
  return {
    client: { name, initial: initialOf(name), verified: asked.client.origin !== 'registered' },
    service: { name: service.name, initial: initialOf(service.name), resource: asked.resource },
    target: targetOf(asked.redirect_uri, page.texts),
    scopes: scopesInWords(asked.scopes, service.name, page.texts),
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

/** A scope that the page has words for is shown in words, a service's own by its name. */
function scopesInWords(scopes: readonly string[], service: string, { consent }: Texts): ConsentView['scopes'] {
  if (scopes.length === 0) return [{ words: consent.noScopes }]
  return scopes.map((scope) => {
    const words = Object.hasOwn(consent.scope, scope) ? consent.scope[scope] : undefined
    return words === undefined ? { words: consent.serviceScope(service), scope } : { words }
  })
}

const NAME_CHARACTERS_MAX = 60

/**
 * The client's name as it may stand in a sentence of ours. Registration cleans it already; a name that reverses or hides
 * text must not get here by any other way either (configuration, metadata documents).
 */
export function shownName(name: string | undefined, { consent }: Texts): string {
  const clean = (name ?? '')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  if (clean === '') return consent.unnamed
  const characters = Array.from(clean)
  return characters.length <= NAME_CHARACTERS_MAX ? clean : `${characters.slice(0, NAME_CHARACTERS_MAX).join('')}…`
}

function initialOf(name: string): string {
  return /[\p{L}\p{N}]/u.exec(name)?.[0].toUpperCase() ?? '·'
}
