/** The pages of the demo provider: whole HTML documents that need no script, with the headers that keep them harmless. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'

const folder = new URL('./pages/', import.meta.url)
const style = readFileSync(new URL('style.css', folder), 'utf8')
const eta = new Eta({ views: fileURLToPath(folder), cache: true, autoEscape: true })

export type Page =
  | { readonly view: 'sign-in'; readonly data: { readonly action: string; readonly people: readonly Choice[] } }
  | { readonly view: 'message'; readonly data: { readonly title: string; readonly text: string } }

interface Choice {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: string
  readonly picture: string
  readonly hinted: boolean
}

/**
 * No `form-action`: Chromium applies it to the whole redirect chain that answers the form, which ends at the client
 * (`pain-9`). It has no fallback in `default-src`, so leaving it out leaves forms free and everything else shut.
 */
const CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "img-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': CSP,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

export function renderPage({ view, data }: Page): string {
  return eta.render(view, { ...data, style })
}

export function sendPage(response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, pageHeaders).end(renderPage(page))
}
