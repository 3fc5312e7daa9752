import { readHtml, testDeps } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { languageOf, languageOfLocales } from './language.ts'
import { LANGUAGES, textsIn } from './pages/texts.ts'
import { approve, authorizePath, decide, type Fields } from './test-support/journey.ts'
import { setStage } from './test-support/stage.ts'

const browserOf = (accept: string | undefined) =>
  ({ headers: accept === undefined ? {} : { 'accept-language': accept } }) as Parameters<typeof languageOf>[0]

describe('the language of the pages', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['fr-FR,fr;q=0.9,ja;q=0.5,en;q=0.4', 'ja'],
    ['en;q=0.1,de;q=0.2', 'de'],
    ['de;q=0,en', 'en'],
    ['*', 'en'],
    ['xx,yy', 'en'],
    ['JA-jp', 'ja'],
  ])('for a browser that says %j is %s (RFC 9110 §12.5.4)', (accept, language) => {
    expect(languageOf(browserOf(accept))).toBe(language)
  })

  it('is what the client asked for, where that is spoken here (OpenID Connect Core §3.1.2.1)', () => {
    expect(languageOfLocales('fr-CA ja-JP de')).toBe('ja')
    expect(languageOfLocales('fr xx')).toBeUndefined()
    expect(languageOfLocales(undefined)).toBeUndefined()
    expect(languageOf(browserOf('de'), 'ja')).toBe('ja')
    expect(languageOf(browserOf('de'), 'fr')).toBe('de')
  })

  it('is one of ours whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(LANGUAGES).toContain(languageOf(browserOf(header), header))
        expect([undefined, ...LANGUAGES]).toContain(languageOfLocales(header))
      }),
    )
  })
})

describe('a translation', () => {
  /** Every text, functions called with marks that must come back. */
  function texts(value: unknown, path = ''): [string, string][] {
    if (typeof value === 'string') return [[path, value]]
    if (typeof value === 'function') return [[path, String(value('«one»', '«two»'))]]
    return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, `${path}.${key}`))
  }
  const english = new Map(texts(textsIn('en')))

  it.each(LANGUAGES.filter((language) => language !== 'en'))(
    '%s says everything, with every name in it',
    (language) => {
      const translated = new Map(texts(textsIn(language)))
      expect([...translated.keys()].toSorted()).toEqual([...english.keys()].toSorted())
      for (const [path, text] of translated) {
        expect(text.trim()).not.toBe('')
        for (const mark of ['«one»', '«two»']) {
          expect([path, text.includes(mark)]).toEqual([path, english.get(path)?.includes(mark)])
        }
      }
      const same = [...translated].filter(([path, text]) => text === english.get(path) && /[a-z]{4}/.test(text))
      expect(same.map(([path]) => path)).toEqual([])
    },
  )
})

describe('the pages', () => {
  async function stage(changes: Fields = {}) {
    const made = await setStage(await testDeps())
    onTestFinished(() => made.close())
    const jar = new Map<string, string>()
    const headers = { 'accept-language': 'de' }
    return { made, jar, headers, page: await made.send(authorizePath(made, changes), { jar, headers }) }
  }

  it('speak the language of the browser, and say which it is', async () => {
    const { made, jar, headers, page } = await stage()
    expect(page.text).toContain('<html lang="de">')
    expect(page.headers['content-language']).toBe('de')
    expect(readHtml(page.text).text).toContain('Darf Example App den Dienst Calculator benutzen?')
    const hop = await decide(made, page, 'approve', { jar, headers })
    expect(hop.text).toContain('Weiter zu Example ID')
    expect((await made.send('/oauth/callback', { headers })).text).toContain('nicht in diesem Browser')
  })

  it('go on in the language that the client asked for', async () => {
    const { made, jar, headers, page } = await stage({ ui_locales: 'ja' })
    expect(page.text).toContain('<html lang="ja">')
    const hop = await decide(made, page, 'deny', { jar, headers })
    expect(hop.text).toContain('Example App に戻ります')
    const other = await approve(made, { ui_locales: 'ja' })
    expect((await made.send(other.callback, { jar: other.jar })).status).toBe(303)
  })
})
