/** What was named elsewhere (clients, people, scopes), in the form in which it may stand in a page of ours. */
import type { Profile } from '@gateway/contracts'
import type { Texts } from './texts.ts'

export interface ShownScope {
  readonly words: string
  readonly scope?: string
}

/** A scope that the page has words for is shown in words, a service's own by its name. */
export function scopesInWords(scopes: readonly string[], service: string, { consent }: Texts): readonly ShownScope[] {
  if (scopes.length === 0) return [{ words: consent.noScopes }]
  const known: Readonly<Record<string, string>> = consent.scope
  return scopes.map((scope) => {
    const words = Object.hasOwn(known, scope) ? known[scope] : undefined
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

export function initialOf(name: string): string {
  return /[\p{L}\p{N}]/u.exec(name)?.[0].toUpperCase() ?? '·'
}

/** A user as the pages name him. */
export function accountName(profile: Profile, texts: Texts): { name: string; initial: string; email?: string } {
  const { email } = profile
  const name = shownName(profile.name ?? email ?? profile.id, texts)
  return { name, initial: initialOf(name), ...(email === undefined || email === name ? {} : { email }) }
}
