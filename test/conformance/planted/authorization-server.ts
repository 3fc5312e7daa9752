/** What the MCP specification asks of an authorization server, broken line by line. */
import type { Planted } from './defect.ts'

export const AUTHORIZATION_SERVER: Planted = {
  A1: [
    {
      defect: 'a confidential client may leave its secret out',
      file: 'services/registry/src/handlers/authenticate-client.ts',
      find: "if (method !== 'none' && !others.includes('none')) throw failed('proof_missing')",
      replace: '',
      tests: { 'services/registry/src/handlers/authenticate-client.test.ts': '' },
    },
    {
      defect: 'any secret is right',
      file: 'services/registry/src/handlers/authenticate-client.ts',
      find: "if (!isSecretOf(deps, client, credentials.client_secret)) throw failed('client_authentication_failed')",
      replace: '',
      tests: { 'services/registry/src/handlers/authenticate-client.test.ts': '' },
    },
    {
      defect: 'two methods in one request are one too many for nobody',
      file: 'services/auth-server/src/authentication.ts',
      find: "if (shown.length > 1) throw new Refusal('authentication_ambiguous')",
      replace: '',
      tests: { 'services/auth-server/src/authentication.test.ts': '' },
    },
  ],
  A2: [
    {
      defect: 'metadata does not say which challenge methods there are',
      file: 'libs/oauth/src/server-metadata.ts',
      find: "    code_challenge_methods_supported: ['S256'],\n",
      replace: '',
    },
    {
      defect: 'plain is advertised',
      file: 'libs/oauth/src/server-metadata.ts',
      find: "code_challenge_methods_supported: ['S256']",
      replace: "code_challenge_methods_supported: ['S256', 'plain']",
    },
    {
      defect: 'there is no OpenID document',
      file: 'services/auth-server/src/routes/metadata.ts',
      find: "['oauth-authorization-server', 'openid-configuration']",
      replace: "['oauth-authorization-server']",
    },
  ],
  A3: [
    {
      defect: 'the issuer has a slash at its end',
      file: 'libs/oauth/src/server-metadata.ts',
      find: '    issuer,\n    authorization_endpoint',
      replace: '    issuer: `${issuer}/`,\n    authorization_endpoint',
    },
  ],
  A4: [
    {
      defect: 'metadata documents are not advertised',
      file: 'libs/oauth/src/server-metadata.ts',
      find: '...(metadataDocuments ? { client_id_metadata_document_supported: true } : {}),',
      replace: '...(metadataDocuments ? {} : {}),',
    },
    {
      defect: 'an URL is an id like any other',
      file: 'services/registry/src/handlers/resolve-client.ts',
      find: 'return isClientIdUrl(clientId) ? documentedClient(deps, clientId) : registeredClient(deps.bus, clientId)',
      replace: 'return registeredClient(deps.bus, clientId)',
    },
  ],
  A5: [
    {
      defect: 'a document speaks for another client',
      file: 'libs/oauth/src/metadata-document.ts',
      find: "if (raw['client_id'] !== clientId) refuse('client_id')",
      replace: '',
    },
    {
      defect: 'a document needs no name',
      file: 'libs/oauth/src/metadata-document.ts',
      find: "if (metadata.client_name === undefined) refuse('client_name')",
      replace: '',
    },
    {
      defect: 'a document may hold a secret',
      file: 'libs/oauth/src/metadata-document.ts',
      find: 'for (const field of SECRET_FIELDS) if (raw[field] !== undefined) refuse(field)',
      replace: '',
    },
  ],
  A6: [
    {
      defect: 'each replica fetches the document',
      file: 'services/registry/src/remote-documents.ts',
      find: '    await this.#put(url, entry)\n    return this.#remember(url, entry)',
      replace: '    return this.#remember(url, entry)',
      tests: {
        'services/registry/src/handlers/resolve-client.test.ts': '',
        'services/registry/src/remote-documents.test.ts': '',
      },
    },
    {
      defect: 'nobody is warned of a client that answers to any program of the machine',
      file: 'services/auth-server/src/pages/consent-view.ts',
      find: 'kind: consent.loopback, warn: true',
      replace: 'kind: consent.loopback, warn: false',
    },
  ],
  A7: [
    {
      defect: 'the page does not say where the answer goes',
      file: 'services/auth-server/src/domain/authorization-response.ts',
      find: "if (url.protocol === 'https:' || url.protocol === 'http:') return url.host",
      replace: "if (url.protocol === 'https:' || url.protocol === 'http:') return 'a web site'",
    },
  ],
  A8: [
    {
      defect: 'denied hosts are allowed',
      file: 'services/registry/src/domain/registration-policy.ts',
      find: "if (domainMatches(policy.deny_domains, host)) return 'host_denied'",
      replace: '',
    },
    {
      defect: 'hosts that are not listed are allowed',
      file: 'services/registry/src/domain/registration-policy.ts',
      find: "if (policy.allow_domains.length > 0 && !domainMatches(policy.allow_domains, host)) return 'host_not_allowed'",
      replace: '',
    },
    {
      defect: 'closed registration is open',
      file: 'services/registry/src/handlers/register-client.ts',
      find: "if (!enabled) throw new Refusal('registration_closed')",
      replace: '',
    },
  ],
  A9: [
    {
      defect: 'no answer says who gives it',
      file: 'services/auth-server/src/domain/authorization-response.ts',
      find: ', iss: issuer })',
      replace: ', ...(issuer ? {} : { iss: issuer }) })',
    },
    {
      defect: 'errors do not say who gives them',
      file: 'services/auth-server/src/domain/authorization-response.ts',
      find: ', iss: issuer })',
      replace: ", ...('error' in answer ? {} : { iss: issuer }) })",
      tests: {
        'services/auth-server/src/routes/authorize.test.ts': 'with state and iss (RFC 6749 §4.1.2.1, RFC 9207, A9)',
      },
    },
    {
      defect: 'it is not advertised',
      file: 'libs/oauth/src/server-metadata.ts',
      find: '    authorization_response_iss_parameter_supported: true,\n',
      replace: '',
    },
  ],
  A10: [
    {
      defect: 'redirect URIs match without regard to case',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: 'if (registered.includes(requested)) return true',
      replace: 'if (registered.some((uri) => uri.toLowerCase() === requested.toLowerCase())) return true',
    },
    {
      defect: 'the query of a redirect URI is free',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: 'if (registered.includes(requested)) return true',
      replace: "if (registered.includes(requested.split('?')[0] ?? '')) return true",
      tests: { 'libs/oauth/src/redirect-uri.test.ts': '' },
    },
  ],
  A11: [
    {
      defect: 'the issuer may be http anywhere',
      file: 'libs/config/src/sections.ts',
      find: "if (url.protocol === 'http:' && !isLoopback(url)) {",
      replace: "if (url.protocol === 'http' && !isLoopback(url)) {",
      tests: { 'libs/config/src/rules.test.ts': '' },
    },
    {
      defect: 'a redirect URI may be http anywhere',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: "if (!isLoopbackRedirect(uri)) return 'http is for loopback hosts alone (RFC 8252 §7.3)'",
      replace: '',
      tests: { 'libs/oauth/src/redirect-uri.test.ts': '' },
    },
  ],
  A12: [
    {
      defect: 'a refresh gives back the token that it was asked with',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: 'generation: generation + 1, superseded_until',
      replace: 'generation, superseded_until',
    },
  ],
  A13: [
    {
      defect: 'offline_access is no scope of the authorization server',
      file: 'libs/oauth/src/server-metadata.ts',
      find: 'new Set<string>([...IDENTITY_SCOPES, ...options.scopes])',
      replace: "new Set<string>([...IDENTITY_SCOPES.filter((scope) => scope !== 'offline_access'), ...options.scopes])",
    },
    {
      defect: 'a client without the grant gets a refresh token',
      file: 'services/token-issuer/src/handlers/issue-token.ts',
      find: 'const generation = state.refreshable ? 0 : undefined',
      replace: 'const generation = 0',
    },
  ],
  A14: [
    {
      defect: 'a client that states nothing is a web client',
      file: 'libs/oauth/src/client-metadata.ts',
      find: 'request.application_type ?? inferApplicationType(request.redirect_uris)',
      replace: "request.application_type ?? (inferApplicationType.length > 1 ? 'native' : 'web')",
    },
    {
      defect: 'a web client may have loopback redirects',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: "return applicationType === 'web' ? 'loopback is for native clients (OpenID Connect Registration §2)' : undefined",
      replace: 'return undefined',
      tests: { 'libs/oauth/src/redirect-uri.test.ts': '', 'libs/oauth/src/client-metadata.test.ts': '' },
    },
  ],
  A15: [
    {
      defect: 'a code gives tokens for any resource that the token request names',
      file: 'services/auth-server/src/domain/authorization.ts',
      find: 'fails: ({ grant }, shown) => shown.resource !== undefined && shown.resource !== canonicalResource(grant.resource),',
      replace: 'fails: () => false,',
      tests: { 'services/auth-server/src/domain/authorization.test.ts': 'is refused as %s for %j' },
    },
    {
      defect: 'tokens are for the issuer, not for the resource',
      file: 'services/token-issuer/src/domain/claims.ts',
      find: '    aud: access.resource,\n',
      replace: '    aud: issuing.issuer,\n',
      tests: { 'services/token-issuer/src/handlers/issue-token.test.ts': '' },
    },
  ],
  A16: [
    {
      defect: 'consent to one client is consent to all',
      file: 'services/auth-server/src/domain/consent.ts',
      find: 'return JSON.stringify([sub, client_id, resource])',
      replace: 'return JSON.stringify([sub, resource, client_id.length > 0])',
    },
    {
      defect: 'consent to one service is consent to all',
      file: 'services/auth-server/src/domain/consent.ts',
      find: 'return JSON.stringify([sub, client_id, resource])',
      replace: 'return JSON.stringify([sub, client_id, resource.length > 0])',
    },
  ],
  A17: [
    {
      defect: 'a name is enough for a token of a machine',
      file: 'services/auth-server/src/routes/token.ts',
      find: "grantType === 'client_credentials' ? authenticateWithProof : authenticate",
      replace: "grantType === 'client_credentials' ? authenticate : authenticateWithProof && authenticate",
      tests: { 'services/auth-server/src/routes/machines.test.ts': '' },
    },
    {
      defect: 'an assertion for somebody else is good',
      file: 'services/registry/src/client-assertion.ts',
      find: '    audience: [issuer, `${issuer}/oauth/token`, `${issuer}/oauth/par`],\n',
      replace: '',
      tests: { 'services/registry/src/client-assertion.test.ts': '' },
    },
    {
      defect: 'a client may register itself as a machine',
      file: 'libs/oauth/src/grant-type.ts',
      find: "export const REGISTRABLE_GRANT_TYPES = ['authorization_code', 'refresh_token']",
      replace: "export const REGISTRABLE_GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials']",
      tests: { 'libs/oauth/src/client-metadata.test.ts': '(A17)' },
    },
  ],
}
