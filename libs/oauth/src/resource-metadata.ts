/** The metadata of one protected resource (RFC 9728 §2), and where it stands (§3.1: the path inserted after the well-known name). */
import { resourceOf } from './resource.ts'

export interface ProtectedResource {
  readonly issuer: string
  readonly service: {
    readonly id: string
    readonly name: string
    readonly scopes: readonly string[]
    /** What a normal session needs; absent: all of `scopes`. */
    readonly default_scopes?: readonly string[] | undefined
  }
}

/**
 * `resource` equals the URL that the user typed; clients compare. Of scopes only those stand in it that a normal session
 * needs, as in the first challenge: what a client finds here it asks for, and the rest it learns when an operation takes it
 * (R11, R6). `offline_access` is none of a resource's business (R8).
 */
export function protectedResourceMetadata({ issuer, service }: ProtectedResource): Record<string, unknown> {
  const scopes = service.default_scopes ?? service.scopes
  return {
    resource: resourceOf(issuer, service.id),
    authorization_servers: [issuer],
    // RFC 9728 §2: a parameter without values is left out.
    ...(scopes.length === 0 ? {} : { scopes_supported: [...scopes] }),
    bearer_methods_supported: ['header'],
    resource_name: service.name,
  }
}

export function protectedResourceMetadataUrl(issuer: string, serviceId: string): string {
  return `${issuer}/.well-known/oauth-protected-resource/${serviceId}/mcp`
}
