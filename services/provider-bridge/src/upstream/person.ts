/** Who somebody is, from what the provider's answers say: the ID token, the userinfo answer and what completes it. */
import * as client from 'openid-client'
import type { Claims } from '../domain/claims.ts'
import type { ProviderSettings } from '../domain/provider-settings.ts'
import { isObject, type Listed, type Supplement } from '../domain/providers/provider.ts'
import type { Failure } from './failures.ts'

export interface Described {
  readonly claims: Claims
  /** Everything that a sign-in would say is said; else what is missing may still be true. */
  readonly complete: boolean
}

/**
 * `idToken`: the claims of a verified one. Userinfo adds to it and must be about the same `sub` (OpenID Connect Core §5.3.2);
 * `sub` is the one known from before where a refresh brought no ID token.
 */
export async function describeOidc(
  configuration: client.Configuration,
  settings: ProviderSettings,
  accessToken: string,
  { idToken, sub }: { readonly idToken: Claims | undefined; readonly sub: string },
): Promise<Described> {
  const hasUserinfo = configuration.serverMetadata().userinfo_endpoint !== undefined
  const userinfo = hasUserinfo ? await client.fetchUserInfo(configuration, accessToken, sub) : {}
  const claims = await supplemented(configuration, settings, accessToken, { sub, ...idToken, ...userinfo })
  return { claims, complete: idToken !== undefined }
}

/** Without an ID token the userinfo answer alone says who it is. */
export async function describeOAuth(
  configuration: client.Configuration,
  settings: ProviderSettings,
  accessToken: string,
): Promise<Described | Failure> {
  const address = configuration.serverMetadata().userinfo_endpoint ?? ''
  const userinfo = await read(configuration, accessToken, address)
  if (userinfo.status !== 200) {
    const reason = userinfo.status === 401 ? 'token_refused' : 'provider_error'
    return { reason, code: `status ${userinfo.status}` }
  }
  if (!isObject(userinfo.body)) return { reason: 'answer_invalid', code: 'userinfo is no object' }
  return { claims: await supplemented(configuration, settings, accessToken, userinfo.body), complete: true }
}

async function supplemented(
  configuration: client.Configuration,
  { row, keys, scopes }: ProviderSettings,
  accessToken: string,
  said: Claims,
): Promise<Claims> {
  const userinfo = configuration.serverMetadata().userinfo_endpoint
  let claims = said
  for (const supplement of row.supplements?.({ ...keys, scopes }) ?? []) {
    if (userinfo === undefined || supplement.isNeeded?.(claims) === false) continue
    claims = supplement.add(claims, await listed(configuration, accessToken, supplement, userinfo))
  }
  return claims
}

/** Of the pages that one question is answered in: a thousand groups at GitHub, ten thousand at Microsoft. */
const PAGES_MAX = 10

/** Goes on where the answer says, on the same server alone: the access token is shown to no other. */
async function listed(
  configuration: client.Configuration,
  accessToken: string,
  { address, paging }: Supplement,
  userinfo: string,
): Promise<Listed> {
  const first = new URL(address(userinfo))
  const entries: Claims[] = []
  let at: URL | null = first
  for (let page = 0; page < PAGES_MAX && at?.origin === first.origin; page++) {
    const { status, body, link } = await read(configuration, accessToken, at.href)
    const { list, next } = paging && isObject(body) ? paging(body) : { list: body, next: link }
    if (status !== 200 || !Array.isArray(list)) break
    entries.push(...(list as readonly unknown[]).filter(isObject))
    if (next === undefined) return { entries, whole: true }
    at = typeof next === 'string' ? URL.parse(next, at) : null
  }
  return { entries, whole: false }
}

async function read(configuration: client.Configuration, accessToken: string, address: string) {
  const headers = new Headers({ accept: 'application/json' })
  const answer = await client
    .fetchProtectedResource(configuration, accessToken, new URL(address), 'GET', null, headers)
    .catch((error: unknown) => {
      if (error instanceof client.WWWAuthenticateChallengeError) return error.response
      throw error
    })
  const body: unknown = answer.status === 200 ? await answer.json().catch(() => undefined) : undefined
  return { status: answer.status, body, link: nextOf(answer.headers.get('link') ?? '') }
}

/** RFC 8288 §3: the target of the link whose relation is `next`. */
function nextOf(header: string): string | undefined {
  return header
    .split(/,\s*(?=<)/)
    .map((link) => /^<([^>]*)>(.*)$/.exec(link.trim()))
    .find((link) => /;\s*rel="?next"?\s*(;|$)/i.test(link?.[2] ?? ''))?.[1]
}
