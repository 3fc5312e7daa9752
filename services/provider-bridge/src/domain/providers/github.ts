/**
 * GitHub, github.com and Enterprise: OAuth 2.0 without discovery, whose token endpoint answers errors with 200. The e-mail of
 * the profile is the public one, often missing and never said to be verified; `/user/emails` has the primary one and says.
 * Organisations and teams are groups where the scope `read:org` is configured. Tokens of an OAuth app do not expire; one is
 * ended by an address of the API, which is not RFC 7009's.
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
import type { Claims } from '../claims.ts'
import { hostOf, isObject, type ProviderKeys, type ProviderRow, type Supplement } from './provider.ts'

/** As many as GitHub puts on a page at most. */
const PAGE = 'per_page=100'

/** Of all addresses the primary one: GitHub lists others that the person may have left behind. */
const emails: Supplement = {
  address: (user) => `${user}/emails?${PAGE}`,
  add(claims, { entries }) {
    const primary = entries.find((entry) => entry['primary'] === true)
    return primary ? { ...claims, email: primary['email'], email_verified: primary['verified'] === true } : claims
  },
}

/** Groups are organisations by their name, and teams as GitHub writes them: `organisation/team`. */
function groups(path: string, nameOf: (entry: Claims) => unknown): Supplement {
  return {
    address: (user) => `${user}/${path}?${PAGE}`,
    add(claims, { entries, whole }) {
      const names = entries.flatMap((entry) => nameOf(entry) ?? [])
      const before: readonly unknown[] = Array.isArray(claims['groups']) ? claims['groups'] : []
      return { ...claims, groups: [...before, ...names], groups_are_all: whole && claims['groups_are_all'] !== false }
    },
  }
}

const organisations = groups('orgs', ({ login }) => login)
const teams = groups('teams', ({ slug, organization }) => {
  const owner = isObject(organization) ? organization['login'] : undefined
  return typeof owner === 'string' && typeof slug === 'string' ? `${owner}/${slug}` : undefined
})

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
  supplements: ({ scopes }: ProviderKeys) => (scopes?.includes('read:org') ? [emails, organisations, teams] : [emails]),
  /** @see https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token */
  revocation: (user, { id, secret }, accessToken) => ({
    method: 'DELETE',
    url: `${user.replace(/\/user$/, '')}/applications/${encodeURIComponent(id)}/token`,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ access_token: accessToken }),
  }),
  leavesGroupsOut: (claims) => claims['groups_are_all'] === false,
  openTo: ({ domain }) => (domain === undefined ? 'everybody with a GitHub account' : undefined),
}
