/** In which language somebody reads: what the client asked for, else what the browser says, else English. */
import type { FastifyRequest } from '@gateway/service'
import { LANGUAGES, type Language } from './pages/texts.ts'

/** `ui_locales` (OpenID Connect Core §3.1.2.1): BCP 47 tags in order of preference. Undefined when none of them is spoken here. */
export function languageOfLocales(locales: string | undefined): Language | undefined {
  return firstSpoken(locales?.split(' ') ?? [])
}

/** @param asked what an authorization request asked for, where there is one */
export function languageOf(request: FastifyRequest, asked?: string): Language {
  return firstSpoken([asked ?? '']) ?? firstSpoken(accepted(request.headers['accept-language'] ?? '')) ?? 'en'
}

/** RFC 9110 §12.5.4: by weight, and where weights are equal in the order given. */
function accepted(header: string): readonly string[] {
  return header
    .split(',', 50)
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((text) => text.trim())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
      return { tag, weight: Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}

/** RFC 4647 §3.4, by the language alone: `de-AT` is served in German. */
function firstSpoken(tags: readonly string[]): Language | undefined {
  for (const tag of tags) {
    const primary = tag.toLowerCase().split('-', 1)[0]
    const spoken = LANGUAGES.find((language) => language === primary)
    if (spoken) return spoken
  }
  return undefined
}
