/** The catalogue as the configuration states it, and what has to happen so that the facts say the same. */
import type { Config } from '@gateway/config'
import { type Service, serviceSchema } from '@gateway/contracts'
import { keyOf } from '@gateway/kernel'
import { type ServiceCommand, sameService } from './service.ts'

export interface Catalogue {
  /** Sorted by id. */
  readonly services: readonly Service[]
  /** The hash of all of it: the same for every replica with the same configuration. */
  readonly source: string
}

/**
 * With the defaults applied, so that it is the effective catalogue that is hashed: comments and order of a file do not count. Of
 * an entry the schema takes what may be a fact; `upstream`, which holds secrets, each proxy reads from its own configuration.
 */
export function configuredCatalogue(config: Pick<Config, 'mcp_services' | 'oauth_providers'>): Catalogue {
  const [provider] = Object.keys(config.oauth_providers)
  const services = Object.entries(config.mcp_services)
    .map(([id, { url, oauth_provider = provider, auth_required, timeouts, replicas, filter_lists, ...entry }]) =>
      serviceSchema.parse({
        ...entry,
        id,
        url: endpointOf(url),
        auth_required,
        ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
        ...(filter_lists ? { filter_lists } : {}),
        ...(replicas.length > 0 ? { replicas: replicas.map(endpointOf) } : {}),
        ...(auth_required && oauth_provider !== undefined ? { oauth_provider } : {}),
      }),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return { services, source: keyOf(JSON.stringify(services)) }
}

/** A URL with a path is the MCP endpoint itself; without one, `/mcp` is appended. A lone slash is no path. */
export function endpointOf(url: string): string {
  const endpoint = new URL(url)
  if (endpoint.pathname === '/') endpoint.pathname = '/mcp'
  return endpoint.href
}

export interface CatalogueChange {
  readonly id: string
  readonly command: ServiceCommand
}

/** What turns the `listed` services into the wanted catalogue; nothing when they are equal. */
export function catalogueChanges(listed: readonly Service[], { services, source }: Catalogue): CatalogueChange[] {
  const current = new Map(listed.map((service) => [service.id, service]))
  const wanted = new Set(services.map((service) => service.id))
  const isNews = (service: Service) => {
    const known = current.get(service.id)
    return known === undefined || !sameService(known, service)
  }
  return [
    ...services
      .filter(isNews)
      .map((service): CatalogueChange => ({ id: service.id, command: { type: 'ListService', service, source } })),
    ...listed
      .filter(({ id }) => !wanted.has(id))
      .map(({ id }): CatalogueChange => ({ id, command: { type: 'RemoveService', source } })),
  ]
}
