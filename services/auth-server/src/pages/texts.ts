/** Every word that a person reads, by language: a translation is one more object of the shape of `texts/english.ts`. */
import type { ShownCode } from '../refusals.ts'
import { english } from './texts/english.ts'
import { german } from './texts/german.ts'
import { japanese } from './texts/japanese.ts'

/** What a problem page says: what happened, and what mends it or who can. */
export interface Problem {
  readonly title: string
  readonly happened: string
  readonly mend: string
}

/** Beside the refusals: what is no refusal. */
export type ProblemCode = ShownCode | 'unavailable' | 'provider_unavailable' | 'unexpected'

type Translated<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof T]: Translated<T[Key]> }
/** The shape of all of them, taken from the English one. */
export type Texts = Translated<typeof english>

const translations = { en: english, de: german, ja: japanese } as const satisfies Record<string, Texts>

export type Language = keyof typeof translations
export const LANGUAGES = Object.keys(translations) as readonly Language[]
export const textsIn = (language: Language): Texts => translations[language]
