/**
 * The pages that people see: templates that escape what they show, one style sheet inside each page, allowed by its hash, the
 * operator's logo, and nothing else: no script, no font, no frame, nothing from elsewhere (advisory: consent page HTML
 * injection by client_id).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Config } from '@gateway/config'
import type { FastifyReply } from '@gateway/service'
import { Eta } from 'eta'
import type { AccountView } from './account-view.ts'
import type { ConsentView } from './consent-view.ts'
import { paletteStyle } from './palette.ts'
import { LANGUAGES, type Language, type ProblemCode, type Texts, textsIn } from './texts.ts'

export interface HopView {
  readonly title: string
  readonly note: string
  readonly url: string
}

export interface ProblemView {
  readonly code: ProblemCode
  readonly requestId: string
  /** A sealed request that was approved already: a button that begins the login anew. */
  readonly retry?: string | undefined
  /** The same, for a login that asks which account it is to be: the provider would sign the one in again that was kept out. */
  readonly another?: string | undefined
  /** The client's redirect URI with an error on it. */
  readonly back?: string | undefined
  /** Whether the way on is the account page. */
  readonly account?: boolean | undefined
  /** Whom people may ask, in the operator's words. */
  readonly contact?: string | undefined
}

/** The pages in one language. */
export interface Pages {
  readonly texts: Texts
  /** `Content-Security-Policy` of all of them. */
  readonly policy: string
  consent(view: ConsentView): string
  /**
   * Where a form's answer sends the browser: a page of our own that moves on by itself, since Chromium applies
   * `form-action` to the whole chain of redirects after a form (pain-9).
   */
  hop(view: HopView): string
  account(view: AccountView): string
  problem(view: ProblemView): string
}

export function createPages({ name, logo, color }: Config['branding']): Readonly<Record<Language, Pages>> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const eta = new Eta({ views: folder, cache: true })
  const style = `${readFileSync(`${folder}style.css`, 'utf8')}${paletteStyle(color)}`
  const hash = createHash('sha256').update(style).digest('base64')
  const image = logo === undefined ? '' : ' img-src data:;'
  // RFC 9700 §4.16, and Security Best Practices: never framed.
  const policy = `default-src 'none'; style-src 'sha256-${hash}';${image} form-action 'self'; frame-ancestors 'none'; base-uri 'none'`
  const pagesIn = (language: Language): Pages => {
    const texts = textsIn(language)
    const common = { brand: name, logo, style, t: texts }
    return {
      texts,
      policy,
      consent: (view) => eta.render('./consent', { ...common, ...view }),
      hop: (view) => eta.render('./hop', { ...common, ...view }),
      account: (view) => eta.render('./account', { ...common, ...view }),
      problem: (view) => eta.render('./problem', { ...common, ...view, problem: texts.problems[view.code] }),
    }
  }
  return Object.fromEntries(LANGUAGES.map((language) => [language, pagesIn(language)])) as Record<Language, Pages>
}

/** @param referrer `same-origin` for pages with a form, whose `Origin` would be `null` under `no-referrer` */
export function sendPage(
  reply: FastifyReply,
  pages: Pages,
  page: { readonly status: number; readonly html: string; readonly referrer: 'same-origin' | 'no-referrer' },
): FastifyReply {
  return reply
    .code(page.status)
    .header('Content-Type', 'text/html; charset=utf-8')
    .header('Content-Language', pages.texts.lang)
    .header('Cache-Control', 'no-store')
    .header('Content-Security-Policy', pages.policy)
    .header('X-Frame-Options', 'DENY')
    .header('Referrer-Policy', page.referrer)
    .send(page.html)
}

export function sendHop(reply: FastifyReply, pages: Pages, view: HopView): FastifyReply {
  return sendPage(reply, pages, { status: 200, html: pages.hop(view), referrer: 'no-referrer' })
}
