/** What the MCP specification (2026-07-28) asks of an authorization server, a protected resource and the transport. */
import { elsewhere, notApplicable, proven, type Requirements } from './requirement.ts'

export const AUTHORIZATION_SERVER: Requirements = {
  A1: proven('OAuth 2.1 for public and confidential clients', {
    'test/conformance/authorization.servers.test.ts': 'all succeed for a registered public client',
    'services/auth-server/src/authentication.test.ts': 'is id and secret in the header',
    'services/registry/src/handlers/authenticate-client.test.ts': 'takes a public client by its id alone',
  }),
  A2: proven('RFC 8414 and OpenID metadata, both with code_challenge_methods_supported', {
    'services/auth-server/src/routes/documents.test.ts': 'one document with the configured issuer at %s (A2, A3',
    'libs/oauth/src/server-metadata.test.ts': 'offers S256 alone',
  }),
  A3: proven('the issuer is identical to the identifier that the well-known URL was built from', {
    'libs/oauth/src/server-metadata.test.ts': 'states the issuer exactly',
    'test/conformance/authorization.servers.test.ts': "'authorization-server-metadata'",
  }),
  A4: proven('client metadata documents are served and advertised', {
    'libs/oauth/src/server-metadata.test.ts': 'states how a client may be known',
    'test/conformance/authorization.servers.test.ts': "'authorization-server-metadata-cimd'",
    'services/registry/src/handlers/resolve-client.test.ts': 'named by the URL of its metadata (A4)',
  }),
  A5: proven('a document names its URL exactly, a name and redirect URIs, against which requests are checked', {
    'libs/oauth/src/metadata-document.test.ts': 'a client metadata document (A5)',
    'services/registry/src/handlers/resolve-client.test.ts': 'is compared with its id byte by byte',
    'services/auth-server/src/domain/authorization-request.test.ts': 'is answered at a registered redirect URI alone',
  }),
  A6: proven('documents are cached by HTTP headers, fetched from public addresses alone; loopback-only is warned of', {
    'services/registry/src/handlers/resolve-client.test.ts': 'is fetched once, by whichever replica',
    'services/registry/src/undici/public-address.test.ts': 'SSRF via metadata fetch',
    'services/auth-server/src/pages/pages.test.ts': 'where any program could listen (A6)',
  }),
  A7: proven('the redirect host is shown during authorization', {
    'services/auth-server/src/pages/pages.test.ts':
      'the host that gets the answer, the service and the scopes in words (A7',
  }),
  A8: proven('hosts of documents may be allowed or denied, registration may be closed', {
    'services/registry/src/handlers/resolve-client.test.ts':
      'is denied or allowed by its host before anything is fetched (A8',
    'services/registry/src/handlers/register-client.test.ts': 'is closed when the operator says so',
  }),
  A9: proven('iss in every authorization response, errors included, and advertised', {
    'services/auth-server/src/domain/authorization-response.test.ts': 'carries code, state and iss',
    'services/auth-server/src/routes/authorize.test.ts': 'with state and iss (RFC 6749 §4.1.2.1, RFC 9207, A9)',
    'libs/oauth/src/server-metadata.test.ts': 'iss in every response (A2, A9)',
  }),
  A10: proven('redirect URIs match exactly', {
    'libs/oauth/src/redirect-uri.test.ts': 'compares everything else character by character',
    'services/auth-server/src/domain/authorization-request.test.ts': 'is answered at a registered redirect URI alone',
  }),
  A11: proven('https everywhere but on loopback', {
    'libs/config/src/rules.test.ts': "['http://gateway.example.com', 'must be https']",
    'libs/oauth/src/redirect-uri.test.ts': 'of a web client is https',
  }),
  A12: proven('refresh tokens rotate', {
    'services/token-issuer/src/domain/token-family.test.ts': 'of the current generation rotates it',
    'test/e2e/wire.ts': 'rotates refresh tokens',
  }),
  A13: proven('offline_access is a scope of the authorization server; a grant without refresh gives none', {
    'libs/oauth/src/server-metadata.test.ts': 'offline_access included',
    'services/token-issuer/src/handlers/issue-token.test.ts': 'gives no refresh token to a client without the grant',
  }),
  A14: proven('application_type native and web, refused by errors of RFC 7591', {
    'libs/oauth/src/client-metadata.test.ts': 'without application_type and with %j is %s (A14)',
    'services/auth-server/src/routes/register.test.ts': '(RFC 7591 §3.2.2)',
  }),
  A15: proven('resource is taken on authorize and token, and binds the audience', {
    'services/auth-server/src/domain/catalogue.test.ts': 'advisory: token for another resource',
    'services/token-issuer/src/domain/token-family.test.ts': 'is bound to the granted resource',
  }),
  A16: proven('consent for each client before anything goes to a third party', {
    'services/auth-server/src/routes/authorize.test.ts': 'the consent page, and nothing upstream (original-7, A16)',
    'services/auth-server/src/domain/consent.test.ts':
      'belongs to one user, one client and one resource (Confused Deputy)',
  }),
  A17: proven('client_credentials by private_key_jwt or secret, with algorithms advertised, not by registration', {
    'services/auth-server/src/routes/machines.test.ts': 'grant client_credentials (RFC 6749 §4.4, A17)',
    'services/registry/src/client-assertion.test.ts': 'is for us with the audience %j (A17)',
    'libs/oauth/src/client-metadata.test.ts': 'registers no grant for itself that only the operator may give (A17)',
  }),
  A18: notApplicable(
    'ID-JAG grants',
    'an extension that the gateway does not offer, so neither grant nor profile is advertised',
  ),
  A19: notApplicable('DPoP', 'a draft extension that the gateway does not offer, so no algorithm is advertised'),
  A20: notApplicable('workload identity grants', 'a draft extension that the gateway does not offer'),
}

export const PROTECTED_RESOURCE: Requirements = {
  R1: elsewhere('proxy', 'metadata with an authorization server (RFC 9728)', {
    'libs/oauth/src/resource-metadata.test.ts': 'its one authorization server (RFC 9728 §2, R1)',
  }),
  R2: elsewhere('proxy', 'metadata is named by the challenge and stands at the path form and the root', {
    'services/proxy/src/routes.test.ts': '(R1, R2, original-15, pain-7)',
    'services/proxy/src/domain/served-service.test.ts': 'name the metadata and what a normal session needs',
  }),
  R3: elsewhere('proxy', 'the challenge names scopes', {
    'services/proxy/src/authorization.test.ts': 'is challenged on %s, without an error (RFC 6750 §3.1, R2, R3)',
  }),
  R4: elsewhere('proxy', 'every token is validated, with us as audience; 401, 403 and 400 as they apply', {
    'services/proxy/src/authorization.test.ts': 'is 401 invalid_token',
    'services/proxy/src/token/verify.test.ts': 'is verified with its claims, scopes and identity',
  }),
  R5: elsewhere('proxy', 'no token passes through', {
    'services/proxy/src/forwarding.test.ts': 'no byte of the bearer (R5',
  }),
  R6: elsewhere('proxy', 'insufficient_scope with all scopes in one challenge', {
    'services/proxy/src/domain/served-service.test.ts': 'name all scopes in one go when they did not suffice (R6)',
  }),
  R7: notApplicable('scope hierarchies', 'scopes here are flat names; the operator lists what an operation takes'),
  R8: elsewhere('proxy', 'offline_access is in no challenge and no resource metadata', {
    'services/proxy/src/domain/served-service.test.ts': 'never speak of offline_access (R8)',
  }),
  R9: elsewhere('proxy', 'no token in the query', {
    'services/proxy/src/authorization.test.ts': 'does not get in with one in the query (R9)',
    'services/proxy/src/domain/target.test.ts': 'a token in the query (R9)',
  }),
  R10: elsewhere('proxy', 'canonical URIs without trailing slash, upper case accepted', {
    'libs/oauth/src/resource.test.ts': 'is the URL that a user pastes, without trailing slash (R10)',
  }),
  R11: elsewhere('proxy', 'scopes_supported is what a normal session needs', {
    'libs/oauth/src/resource-metadata.test.ts': 'not the whole catalogue (R11)',
    'services/proxy/src/domain/served-service.test.ts': 'name the metadata and what a normal session needs',
  }),
  R12: notApplicable('DPoP challenges', 'a draft extension that the gateway does not offer'),
}

export const TRANSPORT: Requirements = {
  T1: elsewhere('proxy', 'the Origin is validated', {
    'services/proxy/src/routes.test.ts': 'the Origin of a request (T1',
  }),
  T2: elsewhere('proxy', 'a session id means nothing in the modern era', {
    'services/proxy/src/sessions.test.ts': 'in the modern era, where it means nothing (T2)',
  }),
  T3: elsewhere('proxy', 'version header and body agree', {
    'services/proxy/src/domain/inspection.test.ts': 'is -32020 with its id where the headers say %s (T3, T4)',
    'services/proxy/src/operations.test.ts': 'a version that nobody knows is 400, -32022',
  }),
  T4: elsewhere('proxy', 'Mcp-Method and Mcp-Name agree with the body', {
    'services/proxy/src/domain/inspection.test.ts': 'is allowed where headers and body agree, in base64 too (T3, T4)',
  }),
  T5: elsewhere('proxy', 'unknown Mcp-Param-* pass, base64 is decoded when inspecting', {
    'services/proxy/src/domain/inspection.test.ts': 'in base64 too',
    'services/proxy/src/hot-path/headers.test.ts': 'keep the rest as sent, in order, repeats included',
  }),
  T6: elsewhere('proxy', 'mirrored headers are trusted only where they must agree', {
    'services/proxy/src/domain/inspection.test.ts': 'is judged by the body, whatever the headers say',
  }),
  T7: notApplicable(
    'answers to notifications and unknown methods',
    'the backend answers them, and its bytes and status pass',
  ),
  T8: elsewhere('proxy', 'a client that goes away cancels upstream', {
    'services/proxy/src/streaming.test.ts': 'is cancelled at the backend when the client goes away, at once (T8)',
  }),
  T9: elsewhere('proxy', 'comments keep streams alive', {
    'services/proxy/src/open-streams.test.ts': 'gets comments between its events and never within one (pain-11, T9)',
  }),
  T10: notApplicable(
    'no requests on event streams',
    'a rule for servers; the gateway writes nothing into a stream but comments',
  ),
  T11: notApplicable('caching of results', 'the proxy caches no result'),
  T12: elsewhere('proxy', 'any replica serves any request', {
    'services/proxy/src/sessions.test.ts': 'survives the death of the replica that began it (pain-10)',
  }),
}
