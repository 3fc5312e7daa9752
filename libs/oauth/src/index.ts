export type { AccessTokenClaims } from './access-token.ts'
export { bearerChallenge, type Challenge } from './challenge.ts'
export { CLIENT_AUTHENTICATION_METHODS, type ClientAuthenticationMethod } from './client-authentication.ts'
export { type ClientMetadata, clientMetadataSchema, parseClientMetadata } from './client-metadata.ts'
export { GRANT_TYPES, type GrantType, RESPONSE_TYPES } from './grant-type.ts'
export { isCodeVerifier, isS256Challenge, verifyS256 } from './pkce.ts'
export {
  type ApplicationType,
  isLoopbackRedirect,
  isPrivateUseRedirect,
  matchRedirectUri,
  redirectUriProblem,
} from './redirect-uri.ts'
export { canonicalResource, resourceOf } from './resource.ts'
export { type ProtectedResource, protectedResourceMetadata, protectedResourceMetadataUrl } from './resource-metadata.ts'
export { formatScope, grantedScopes, IDENTITY_SCOPES, parseScope, type ScopeRequest } from './scope.ts'
export { authorizationServerMetadata, type ServerMetadataOptions } from './server-metadata.ts'
