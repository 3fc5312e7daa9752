/**
 * Microsoft Entra ID. The metadata of `organizations` and `common` names an issuer with `{tenantid}` in it, and each token the
 * issuer of its own tenant; a tenant given by one of its domains is told by its id; version 1.0 tokens come from sts.windows.net.
 * E-mails may be set by anybody who runs a tenant, so only `xms_edov` (the domain's owner was verified) makes one verified.
 * Beyond 200 groups none are in the token: Microsoft Graph, which answers userinfo as well, is asked for them, for which the
 * scope `User.Read` is enough. The request must not name a `resource` (AADSTS9010010).
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
 */
import type { Claims } from '../claims.ts'
import { baseOf, isObject, OIDC_SCOPES, type ProviderRow, type Supplement } from './provider.ts'

const ID = String.raw`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`
const VERSION_1 = new RegExp(`^https://sts\\.windows\\.net/(${ID})/$`, 'i')
const VERSION_2 = new RegExp(`^/(${ID}|\\{tenantid\\})/v2\\.0$`, 'i')

/** Tenants that stand for many, or for an id that is not in the address. */
const isAlias = (tenant: string): boolean => !new RegExp(`^${ID}$`, 'i').test(tenant)

function mayTellIssuer(configured: string, told: string): boolean {
  const { origin, pathname } = new URL(configured)
  const tenant = pathname.split('/')[1] ?? ''
  const version1 = VERSION_1.exec(told)?.[1]
  if (version1 !== undefined) return version1.toLowerCase() === tenant.toLowerCase()
  return told.startsWith(`${origin}/`) && isAlias(tenant) && VERSION_2.test(told.slice(origin.length))
}

/** `hasgroups` is said in place of the claim by flows whose answer passes through an address. */
function leavesGroupsOut(claims: Claims): boolean {
  const named = claims['_claim_names']
  return claims['hasgroups'] !== undefined || (isObject(named) && 'groups' in named)
}

/**
 * Direct and inherited, as in the token; roles and administrative units are among them. `_claim_sources` names an address of an
 * API that was switched off.
 * @see https://learn.microsoft.com/en-us/graph/api/user-list-transitivememberof
 */
const groups: Supplement = {
  address: (userinfo) => new URL('/v1.0/me/transitiveMemberOf?$select=id&$top=999', userinfo).href,
  isNeeded: leavesGroupsOut,
  paging: (page) => ({ list: page['value'], next: page['@odata.nextLink'] }),
  add(claims, { entries, whole }) {
    const ids = entries.filter((member) => member['@odata.type'] === GROUP).map((member) => member['id'])
    const { _claim_names: _named, hasgroups: _has, ...others } = claims
    return { ...(whole ? others : claims), ...(whole || ids.length > 0 ? { groups: ids } : {}) }
  },
}

const GROUP = '#microsoft.graph.group'

export const entra: ProviderRow = {
  name: 'Microsoft',
  scopes: [...OIDC_SCOPES, 'offline_access', 'User.Read'],
  issuer: ({ tenant, domain }) => tenant && `${baseOf(domain ?? 'login.microsoftonline.com')}/${tenant}/v2.0`,
  claims: { emailVerified: ['xms_edov'] },
  mayTellIssuer,
  assertionAudience: 'token endpoint',
  problems: ({ extraParams }) =>
    'resource' in extraParams ? ['extra_params.resource is refused by Entra (AADSTS9010010): name scopes instead'] : [],
  supplements: () => [groups],
  leavesGroupsOut,
  openTo: ({ tenant }) =>
    tenant === 'common' || tenant === 'organizations' || tenant === 'consumers'
      ? 'everybody with a Microsoft account of any organisation or of their own'
      : undefined,
}
