/**
 * GitHub, github.com and Enterprise: OAuth 2.0 without discovery, whose token endpoint answers errors with 200. The e-mail of
 * the profile is the public one, often missing and never said to be verified; `/user/emails` has the primary one and says.
 * Organisations are groups where the scope `read:org` is configured. Tokens of an OAuth app do not expire.
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
import type { Claims } from '../claims.ts'
import { hostOf, type ProviderKeys, type ProviderRow, type Supplement } from './provider.ts'

const isObject = (value: unknown): value is Claims => typeof value === 'object' && value !== null

/** Of all addresses the primary one: GitHub lists others that the person may have left behind. */
const emails: Supplement = {
  path: '/emails',
  add(claims, answer) {
    const primary = Array.isArray(answer)
      ? answer.find((entry) => isObject(entry) && entry['primary'] === true)
      : undefined
    if (!isObject(primary)) return claims
    return { ...claims, email: primary['email'], email_verified: primary['verified'] === true }
  },
}

const PAGE = 100

const organisations: Supplement = {
  path: `/orgs?per_page=${PAGE}`,
  add(claims, answer) {
    const entries: readonly unknown[] = Array.isArray(answer) ? answer : []
    const groups = entries.flatMap((entry) =>
      isObject(entry) && typeof entry['login'] === 'string' ? [entry['login']] : [],
    )
    return { ...claims, groups, groups_are_all: entries.length < PAGE }
  },
}

/** Enterprise Server has its API below the host, Enterprise Cloud with data residency beside it. */
function apiOf(host: string): string {
  if (host === 'github.com' || host.endsWith('.ghe.com')) return `https://api.${host}`
  return `https://${host}/api/v3`
}

export const github: ProviderRow = {
  name: 'GitHub',
  scopes: ['read:user', 'user:email'],
  endpoints({ domain }) {
    const host = hostOf(domain) ?? 'github.com'
    return {
      authorization: `https://${host}/login/oauth/authorize`,
      token: `https://${host}/login/oauth/access_token`,
      userinfo: `${apiOf(host)}/user`,
    }
  },
  claims: {
    id: ['id'],
    name: ['name', 'login'],
    email: ['email'],
    emailVerified: ['email_verified'],
    picture: ['avatar_url'],
  },
  tokenErrors: { bad_verification_code: 'invalid_grant', bad_refresh_token: 'invalid_grant' },
  endlessTokens: true,
  supplements: ({ scopes }: ProviderKeys) => (scopes?.includes('read:org') ? [emails, organisations] : [emails]),
  leavesGroupsOut: (claims) => claims['groups_are_all'] === false,
  openTo: ({ domain }) => (domain === undefined ? 'everybody with a GitHub account' : undefined),
}
