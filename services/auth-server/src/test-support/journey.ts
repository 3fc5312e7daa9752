/** The steps of an authorization as a client and a browser take them, one function each. */
import type { Client } from '@gateway/contracts'
import { type Answer, CHALLENGE, REDIRECT_URI, type Request, type Stage, VERIFIER } from './stage.ts'

export type Fields = Readonly<Record<string, string | undefined>>

/** A right authorization request; a field that is undefined is left out. */
export function authorizePath(stage: Stage, changes: Fields = {}, client: Client = stage.client): string {
  const fields: Fields = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    resource: `${stage.issuer}/calculator/mcp`,
    scope: 'read',
    state: 'xyz',
    ...changes,
  }
  return `/oauth/authorize?${new URLSearchParams(stated(fields)).toString()}`
}

export function stated(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** The sealed request in a page's form. */
export function envelopeIn(page: Answer): string {
  return /name="request" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
}

/** Where a hop page goes: what its link and its refresh agree on. */
export function hopOf(page: Answer): URL {
  const [, refresh = ''] = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(page.text) ?? []
  const [, link] = /<a class="button primary" href="([^"]+)"/.exec(page.text) ?? []
  if (refresh !== link) throw new Error('link and refresh of the hop page differ')
  return new URL(refresh.replaceAll('&amp;', '&'))
}

export interface Approved {
  readonly jar: Map<string, string>
  /** Path and query of the callback, as the provider would send the browser there. */
  readonly callback: string
}

export async function approve(stage: Stage, changes: Fields = {}, jar = new Map<string, string>()): Promise<Approved> {
  const page = await stage.send(authorizePath(stage, changes), { jar })
  const hop = await decide(stage, page, 'approve', { jar })
  const { pathname, search } = hopOf(hop)
  return { jar, callback: `${pathname}${search}` }
}

export function decide(stage: Stage, page: Answer, decision: string, request: Request): Promise<Answer> {
  return stage.send('/oauth/consent', { ...request, form: { request: envelopeIn(page), decision } })
}

/** All of it: the code that the client gets. */
export async function obtainCode(stage: Stage, changes: Fields = {}): Promise<string> {
  const { jar, callback } = await approve(stage, changes)
  const answer = await stage.send(callback, { jar })
  return answer.location.searchParams.get('code') ?? ''
}

export function redeem(stage: Stage, code: string, changes: Fields = {}, request: Request = {}): Promise<Answer> {
  const fields: Fields = {
    grant_type: 'authorization_code',
    client_id: stage.client.client_id,
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...changes,
  }
  return stage.send('/oauth/token', { ...request, form: stated(fields) })
}
