/**
 * Microsoft Entra ID. The metadata of `organizations` and `common` names an issuer with `{tenantid}` in it, and each token the
 * issuer of its own tenant; a tenant given by one of its domains is told by its id; version 1.0 tokens come from sts.windows.net.
 * E-mails may be set by anybody who runs a tenant, so only `xms_edov` (the domain's owner was verified) makes one verified.
 * Beyond 200 groups none are in the token. The request must not name a `resource` (AADSTS9010010).
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
 */
import { baseOf, OIDC_SCOPES, type ProviderRow } from './provider.ts'

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

export const entra: ProviderRow = {
  name: 'Microsoft',
  scopes: [...OIDC_SCOPES, 'offline_access'],
  issuer: ({ tenant, domain }) => tenant && `${baseOf(domain ?? 'login.microsoftonline.com')}/${tenant}/v2.0`,
  claims: { emailVerified: ['xms_edov'] },
  mayTellIssuer,
  assertionAudience: 'token endpoint',
  problems: ({ extraParams }) =>
    'resource' in extraParams ? ['extra_params.resource is refused by Entra (AADSTS9010010): name scopes instead'] : [],
  leavesGroupsOut: (claims) =>
    claims['hasgroups'] !== undefined ||
    (typeof claims['_claim_names'] === 'object' &&
      claims['_claim_names'] !== null &&
      'groups' in claims['_claim_names']),
  openTo: ({ tenant }) =>
    tenant === 'common' || tenant === 'organizations' || tenant === 'consumers'
      ? 'everybody with a Microsoft account of any organisation or of their own'
      : undefined,
}
