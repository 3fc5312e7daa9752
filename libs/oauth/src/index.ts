export type { AccessTokenClaims } from './access-token.ts'
export { bearerChallenge, type Challenge } from './challenge.ts'
export {
  CLIENT_ASSERTION_ALGORITHMS,
  CLIENT_ASSERTION_TYPE,
  CLIENT_AUTHENTICATION_METHODS,
  type ClientAuthenticationMethod,
} from './client-authentication.ts'
export { clientIdUrlProblem, isClientIdUrl } from './client-id-url.ts'
export { type ClientJwks, publicJwks } from './client-keys.ts'
export {
  type ClientMetadata,
  type ClientMetadataRules,
  clientMetadataSchema,
  parseClientMetadata,
} from './client-metadata.ts'
export { GRANT_TYPES, type GrantType, REGISTRABLE_GRANT_TYPES, RESPONSE_TYPES } from './grant-type.ts'
export { parseMetadataDocument } from './metadata-document.ts'
export { isCodeVerifier, isS256Challenge, verifyS256 } from './pkce.ts'
export {
  type ApplicationType,
  isLoopbackRedirect,
  isPrivateUseRedirect,
  matchRedirectUri,
  redirectUriProblem,
} from './redirect-uri.ts'
export { canonicalResource, resourceOf, serviceIdOf } from './resource.ts'
export { type ProtectedResource, protectedResourceMetadata, protectedResourceMetadataUrl } from './resource-metadata.ts'
export { formatScope, grantedScopes, IDENTITY_SCOPES, parseScope, type ScopeRequest } from './scope.ts'
export { type EphemeralKey, ephemeralKey, sealTo } from './sealed-answer.ts'
export { authorizationServerMetadata, type ServerMetadataOptions } from './server-metadata.ts'
