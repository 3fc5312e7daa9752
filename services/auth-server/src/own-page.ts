/** Where a request came from, as browsers state it. What a person decides counts from our own pages alone (RFC 9700 §4.7). */
import { Refusal } from '@gateway/kernel'
import type { FastifyRequest } from '@gateway/service'
import type { Context } from './context.ts'

/**
 * Browsers state where a form came from in `Sec-Fetch-Site`, older ones in `Origin`; neither can be left out by a page. What
 * states nothing is no browser, and its cookie and the form's token are proof enough.
 * @throws Refusal `cross_site`
 */
export function assertOwnPage(context: Context, request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const own = site === undefined ? origin === undefined || origin === context.config.issuer : site === 'same-origin'
  if (!own) throw new Refusal('cross_site')
}

/**
 * Whether a person came by himself: from a page of ours, or typed or opened the address. A missing statement counts as
 * another site (advisory: remembered consent ridden).
 */
export function cameByOneself(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site']
  return request.method === 'GET' && (site === 'same-origin' || site === 'none')
}
