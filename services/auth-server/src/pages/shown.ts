/** What was named elsewhere (clients, people, scopes), in the form in which it may stand in a page of ours. */
import type { Profile, Service } from '@gateway/contracts'
import type { Texts } from './texts.ts'

export interface ShownScope {
  readonly words: string
  readonly scope?: string
  /** Whether the words say it, so that the name is there only for those who look. */
  readonly described?: boolean
}

/**
 * In words, else by its name. Ours stand before the operator's for the scopes that say who somebody is: these mean
 * the same at every service, whatever a service's entry says (OpenID Connect Core §5.4, §11).
 */
export function scopesInWords(
  scopes: readonly string[],
  { name, scope_descriptions = {} }: Pick<Service, 'name' | 'scope_descriptions'>,
  { consent }: Texts,
): readonly ShownScope[] {
  if (scopes.length === 0) return [{ words: consent.noScopes }]
  const known: Readonly<Record<string, string>> = { ...scope_descriptions, ...consent.scope }
  return scopes.map((scope) => {
    const words = Object.hasOwn(known, scope) ? visible(known[scope] ?? '', SCOPE_CHARACTERS_MAX) : ''
    return words === '' ? { words: consent.serviceScope(name), scope } : { words, scope, described: true }
  })
}

const NAME_CHARACTERS_MAX = 60
/** As the configuration admits; a fact is shown in no greater length, wherever it came from. */
const SCOPE_CHARACTERS_MAX = 120

/**
 * The client's name as it may stand in a sentence of ours. Registration cleans it already; a name that reverses or hides
 * text must not get here by any other way either (configuration, metadata documents).
 */
export function shownName(name: string | undefined, { consent }: Texts): string {
  return visible(name ?? '', NAME_CHARACTERS_MAX) || consent.unnamed
}

/** Without what hides or reverses text, on one line, and cut. */
function visible(text: string, charactersMax: number): string {
  const clean = text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const characters = Array.from(clean)
  return characters.length <= charactersMax ? clean : `${characters.slice(0, charactersMax).join('')}…`
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
