/** The metadata of one protected resource (RFC 9728 §2), and where it stands (§3.1: the path inserted after the well-known name). */
import { resourceOf } from './resource.ts'

export interface ProtectedResource {
  readonly issuer: string
  readonly service: { readonly id: string; readonly name: string; readonly scopes: readonly string[] }
}

/**
 * `resource` equals the URL that the user typed; clients compare. Only the service's own scopes stand in it: what a client
 * finds here it asks for, and `offline_access` is none of a resource's business (R8).
 */
export function protectedResourceMetadata({ issuer, service }: ProtectedResource): Record<string, unknown> {
  return {
    resource: resourceOf(issuer, service.id),
    authorization_servers: [issuer],
    // RFC 9728 §2: a parameter without values is left out.
    ...(service.scopes.length === 0 ? {} : { scopes_supported: [...service.scopes] }),
    bearer_methods_supported: ['header'],
    resource_name: service.name,
  }
}

export function protectedResourceMetadataUrl(issuer: string, serviceId: string): string {
  return `${issuer}/.well-known/oauth-protected-resource/${serviceId}/mcp`
}
