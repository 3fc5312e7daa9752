/** Security advisories of peers, by the title of their row. */
import { elsewhere, notApplicable, proven, type Requirements } from './requirement.ts'

export const ADVISORIES: Requirements = {
  'advisory: consent skipped by shared upstream client': proven('no code without a click, session or not', {
    'services/auth-server/src/routes/authorize.test.ts': 'the consent page, and nothing upstream',
    'services/auth-server/src/routes/session.test.ts': 'is not used unless the operator says so',
  }),
  "advisory: consent given in attacker's browser": proven('a callback counts in the browser that consented alone', {
    'services/auth-server/src/routes/callback.test.ts': 'in another browser than the one that consented, no code',
  }),
  'advisory: remembered consent ridden': proven('remembered consent answers no navigation from another site', {
    'services/auth-server/src/domain/consent.test.ts': 'a way from another site (advisory: remembered consent ridden)',
    'services/auth-server/src/routes/session.test.ts': 'is not ridden from another site: %j must still ask',
  }),
  'advisory: token for another resource': proven('foreign, parent, prefix and repeated resources are invalid_target', {
    'services/auth-server/src/domain/catalogue.test.ts': 'finds none by %s (advisory: token for another resource)',
    'services/auth-server/src/routes/authorize.test.ts': 'invalid_target for a repeated resource',
  }),
  'advisory: consent page HTML injection': proven('names and URIs are text, forms are bound, cookies stay small', {
    'services/auth-server/src/pages/pages.test.ts':
      'cannot be written into by any name, URI or scope (advisory: consent page HTML injection)',
    'services/auth-server/src/routes/consent.test.ts': 'stay small after 500 approvals (advisory: cookie growth)',
  }),
  'advisory: SSRF via metadata fetch': proven('addresses are checked at connect time, redirects are not followed', {
    'services/registry/src/undici/public-address.test.ts': '(advisory: SSRF via metadata fetch)',
    'services/registry/src/undici/guarded-fetch.test.ts': 'connects to what was checked (advisory: SSRF, rebinding)',
  }),
  'advisory: PKCE downgrade': proven('no other method than S256, no verifier without challenge', {
    'libs/oauth/src/pkce.test.ts': 'advisory: PKCE downgrade',
    'services/auth-server/src/domain/authorization-request.test.ts': "code_challenge_method: 'S512'",
    'services/auth-server/src/domain/authorization.test.ts': "['code_verifier_mismatch', { code_verifier: '' }]",
  }),
  'advisory: redirect URI not checked': proven('dangerous schemes are impossible in any spelling', {
    'libs/oauth/src/redirect-uri.test.ts': 'advisory: redirect scheme blacklist',
    'services/auth-server/src/domain/authorization-request.test.ts': 'is answered at a registered redirect URI alone',
  }),
  'advisory: wrong client could revoke': proven('what is of another client stays untouched', {
    'services/token-issuer/src/handlers/revoke-token.test.ts': 'advisory: wrong client',
    'services/auth-server/src/routes/token.test.ts': 'advisory: code of client A burned by client B',
  }),
  'advisory: concurrent code redemption': proven('100 parallel redemptions give one answer', {
    'test/e2e/three-replicas.test.ts': 'give one pair of tokens for 100 parallel redemptions of a code',
    'services/auth-server/src/routes/token.test.ts': '200 exactly once for 100 parallel redemptions',
    'services/token-issuer/src/handlers/issue-token.test.ts': 'advisory: concurrent code redemption',
  }),
  'advisory: concurrent refresh': proven('parallel refresh keeps one lineage, and revoked stays revoked', {
    'test/e2e/three-replicas.test.ts': '(pain-1, advisory: concurrent refresh)',
    'services/token-issuer/src/handlers/refresh-token.test.ts':
      'ends in a revoked family at whichever moment the revocation comes (advisory: concurrent refresh)',
  }),
  'advisory: missing privilege check on client management': proven('each route of management demands its own token', {
    'services/auth-server/src/routes/manage.test.ts': '401: with another token or none, for every method',
    'services/gateway/src/operator/socket.test.ts': 'forwards nothing that operators have no business with',
  }),
  'advisory: static internal key': proven('parts know each other by credentials of their own', {
    'test/e2e/permissions.test.ts': 'a connection without a key, or with a made-up one, is refused',
  }),
  'advisory: internal identity read from an unverified JWT': proven('unsigned and foreign tokens influence nothing', {
    'services/registry/src/client-assertion.test.ts': 'advisory: internal identity read from an unverified JWT',
    'services/proxy/src/token/verify.test.ts': 'alg none without signature',
  }),
  'advisory: cookie and proxy-authorization forwarded': elsewhere(
    'proxy',
    'only what is the backend’s business reaches it',
    {
      'services/proxy/src/hot-path/headers.test.ts': "'Proxy-Authorization',",
      'services/proxy/src/forwarding.test.ts': 'reaches the backend with exactly these headers',
    },
  ),
  'advisory: gateway token sent to third party': elsewhere('proxy', 'no byte of the bearer leaves', {
    'services/proxy/src/forwarding.test.ts': 'advisory: gateway token sent to third party',
  }),
  'advisory: session id not bound': elsewhere('proxy', 'a session is its user’s', {
    'services/proxy/src/sessions.test.ts': 'advisory: session id not bound',
  }),
  'advisory: weak or default JWT secret': proven('weak secrets do not start', {
    'libs/config/src/rules.test.ts': 'advisory: weak or default JWT secret',
  }),
  'advisory: route normalisation': elsewhere('proxy', 'an address has one reading or none', {
    'services/proxy/src/routes.test.ts': 'advisory: route normalisation',
    'services/proxy/src/domain/target.test.ts': "'/calculator/mcp/%2e%2e/admin'",
  }),
  'advisory: sign-in page leaves the old session': proven('another sign-in ends the session before', {
    'services/auth-server/src/routes/session.test.ts': 'advisory: sign-in page leaves the old session',
  }),
  'advisory: client-side RCE from authorization_endpoint': proven('metadata holds URLs under the issuer alone', {
    'libs/oauth/src/server-metadata.test.ts': 'advisory: client-side RCE from authorization_endpoint',
  }),
  'advisory: signing with non-constant-time compare': proven('secrets are compared by the kernel, in constant time', {
    'libs/kernel/src/constant-time.test.ts': 'a comparison in constant time',
    'test/architecture/comparisons.test.ts': 'is compared by the kernel alone',
  }),
  'advisory: error text reflected': proven('no word of the provider reaches the user', {
    'services/auth-server/src/routes/callback.test.ts': 'advisory: error text reflected',
  }),
  'advisory: field study': notApplicable('a taxonomy of flaws', 'a checklist, whose kinds are the other rows'),
}
