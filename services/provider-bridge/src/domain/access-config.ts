/** The access rules as the configuration states them, with what the provider's own keys add. */
import type { Config } from '@gateway/config'
import type { AccessRules, People } from './access.ts'

const NOBODY: People = { emails: [], domains: [], groups: [], claims: {} }

type Configured = Pick<Config, 'access' | 'mcp_services' | 'oauth_providers'>

/** `admitted`: whom the provider's row admits, where its keys keep to one organisation. */
export function accessRules({ access, mcp_services, oauth_providers }: Configured, admitted?: People): AccessRules {
  const [provider] = Object.values(oauth_providers)
  const protectedServices = Object.entries(mcp_services).filter(([, service]) => service.auth_required)
  return {
    everywhere: {
      gateway: { allow: access.allow, deny: access.deny },
      ...(admitted ? { provider: { allow: admitted, deny: NOBODY } } : {}),
    },
    services: Object.fromEntries(protectedServices.map(([id, service]) => [id, service.access])),
    namedGroups: Object.fromEntries(
      protectedServices.flatMap(([id, service]) => {
        const groups = groupsNamed(service)
        return groups.length > 0 ? [[id, groups]] : []
      }),
    ),
    userTokenServices: protectedServices.flatMap(([id, { upstream }]) => (upstream.user_token ? [id] : [])),
    admins: access.admins,
    trustEmail: provider?.trust_email ?? false,
  }
}

/** Each once, in order, so that the same groups are always told alike. */
function groupsNamed({ tools, resources, prompts }: Config['mcp_services'][string]): readonly string[] {
  const rules = [tools, resources, prompts].flatMap((kind) => Object.values(kind ?? {}))
  return [...new Set(rules.flatMap((rule) => ('groups' in rule ? rule.groups : [])))].toSorted()
}

/** Whether some service takes everybody whom the provider signs in. */
export function isOpen({ everywhere, services }: AccessRules): boolean {
  if (Object.values(everywhere).some(({ allow }) => allow !== undefined)) return false
  return Object.values(services).some(({ allow }) => allow === undefined)
}
