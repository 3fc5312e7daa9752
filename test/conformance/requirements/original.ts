/** Defects of the predecessor that must not come back. */
import { elsewhere, proven, type Requirements } from './requirement.ts'

export const ORIGINAL: Requirements = {
  'original-1': proven('two registrations alike are two clients with two secrets', {
    'services/registry/src/handlers/register-client.test.ts': 'gives two alike two ids and two secrets (original-1)',
    'services/auth-server/src/routes/register.test.ts': 'two alike are two clients (original-1)',
  }),
  'original-2': proven('PKCE is enforced at authorize and at token', {
    'services/auth-server/src/domain/authorization-request.test.ts': "['challenge_missing', { code_challenge: '' }]",
    'services/auth-server/src/domain/authorization.test.ts': "['code_verifier_mismatch', {",
  }),
  'original-3': proven('public clients refresh, and their tokens rotate', {
    'test/e2e/wire.ts': 'rotates refresh tokens, answers a repeat',
    'services/token-issuer/src/handlers/refresh-token.test.ts':
      'rotates the refresh token and mints another access token',
  }),
  'original-4': proven('a refresh is bound to the granted resource', {
    'services/token-issuer/src/domain/token-family.test.ts':
      'is bound to the granted resource (RFC 8707 §2.2, original-4)',
    'services/token-issuer/src/handlers/refresh-token.test.ts':
      'for more scopes or another resource is refused and spends nothing (original-4)',
  }),
  'original-5': proven('a revoked token is refused at once', {
    'services/proxy/src/authorization.test.ts':
      'refuses its tokens at once, also those that were verified before (original-5',
    'test/e2e/wire.ts': 'refuses every token of a revoked family at the proxy',
  }),
  'original-6': proven('a code is redeemed once, and its replay ends what it gave', {
    'services/token-issuer/src/domain/token-family.test.ts':
      'a replayed code: the family is revoked (RFC 6749 §4.1.2, original-6)',
    'services/token-issuer/src/handlers/issue-token.test.ts': 'by 100 at once gives exactly one answer (original-6',
  }),
  'original-7': proven('a consent page stands before the provider', {
    'services/auth-server/src/routes/authorize.test.ts': 'the consent page, and nothing upstream (original-7',
  }),
  'original-8': proven('errors go to a validated redirect URI alone', {
    'services/auth-server/src/routes/authorize.test.ts': 'a readable page and no redirect for %s (original-8',
    'test/e2e/wire-refusals.ts': 'never redirects for an unknown client or redirect URI (original-8)',
  }),
  'original-9': proven('a callback is good once, in the browser that consented', {
    'services/auth-server/src/routes/callback.test.ts': 'loaded again, a page and never a second code (original-9)',
    'services/provider-bridge/src/app.test.ts': 'the same callback again is refused (original-9)',
  }),
  'original-10': elsewhere('proxy', 'event streams stream', {
    'services/proxy/src/streaming.test.ts': 'each event when the backend wrote it (original-10',
  }),
  'original-11': elsewhere('proxy', 'Accept and MCP-Protocol-Version pass as sent', {
    'services/proxy/src/forwarding.test.ts':
      'does not rewrite Accept and MCP-Protocol-Version, nor double them (original-11',
  }),
  'original-12': elsewhere('proxy', 'identity headers come from the token alone', {
    'services/proxy/src/authorization.test.ts': 'is none for a public service, whoever calls (original-12)',
    'test/e2e/wire.ts': 'whatever the client sends (original-12)',
  }),
  'original-13': proven('a refresh mints with the profile, whenever it comes', {
    'services/token-issuer/src/handlers/refresh-token.test.ts': 'mints with the profile as it is now (original-13)',
    'services/provider-bridge/src/app.test.ts': 'for as long as a refresh token may live (original-13)',
  }),
  'original-14': proven('nothing is advertised that does not exist', {
    'libs/oauth/src/server-metadata.test.ts': 'advertises nothing that does not exist (original-14)',
    'services/auth-server/src/routes/documents.test.ts':
      'advertises every endpoint for programs that exists, and no other (original-14)',
  }),
  'original-15': elsewhere('proxy', 'resource metadata stands at the path form, with the exact resource', {
    'libs/oauth/src/resource-metadata.test.ts': 'stands at the path form (RFC 9728 §3.1, original-15)',
    'services/proxy/src/routes.test.ts': 'original-15',
  }),
  'original-16': proven('token errors are JSON of RFC 6749, invalid_client 401', {
    'services/auth-server/src/authentication.test.ts':
      '401: JSON with the scheme that was tried (RFC 6749 §5.2, original-16',
  }),
  'original-17': proven('no wildcard CORS with credentials; secrets are compared whole', {
    'services/proxy/src/domain/origins.test.ts': 'never with credentials (original-17',
    'libs/kernel/src/kernel.test.ts': 'is compared whole, whatever the lengths',
    'libs/kernel/src/constant-time.test.ts': 'a comparison in constant time',
  }),
  'original-18': elsewhere('proxy', 'no cookies are kept or handed on', {
    'services/proxy/src/forwarding.test.ts':
      'brings no cookie, no challenge and no CORS of its own to the client (original-18)',
  }),
  'original-19': elsewhere('proxy', 'no header goes out twice', {
    'services/proxy/src/forwarding.test.ts': 'nor double them (original-11, original-19)',
  }),
  'original-20': elsewhere('proxy', 'bytes and their labels pass untouched', {
    'services/proxy/src/forwarding.test.ts': 'gzip stays gzip (original-20)',
  }),
  'original-21': elsewhere('proxy', 'any name can be in a header', {
    'services/proxy/src/domain/identity-headers.test.ts': 'original-21',
    'services/proxy/src/authorization.test.ts': 'survives any name (original-12, original-21',
  }),
  'original-22': elsewhere('proxy', 'sub-path and query pass as sent', {
    'services/proxy/src/forwarding.test.ts': 'and the query, as sent (original-22)',
  }),
  'original-23': elsewhere('proxy', 'no internal address is shown', {
    'services/proxy/src/forwarding.test.ts': 'an internal Location is not shown (original-23)',
  }),
  'original-24': elsewhere('proxy', 'origins are compared parsed, * is a wildcard without credentials', {
    'services/proxy/src/domain/origins.test.ts':
      'admits every origin, never with credentials (original-17, original-24)',
  }),
  'original-25': proven('substitution is safe, booleans mean what they say, nothing is written to disk', {
    'libs/config/src/load.test.ts': 'original-25: cannot inject YAML through a value',
    'libs/config/src/lookup.test.ts': 'original-25: writes nothing to disk by looking',
  }),
  'original-26': proven('a store that fails is told, not replaced, and the log shows no credential', {
    'libs/store/src/open.test.ts': 'original-26',
    'libs/service/src/log.test.ts': 'original-26: never shows a credential',
  }),
  'original-27': proven('the cost of a registration does not grow with the number of clients', {
    'services/registry/src/handlers/register-client.test.ts': 'costs one append, however many there are (original-27)',
  }),
  'original-28': elsewhere('provider-bridge', 'ids are whole and never empty', {
    'services/provider-bridge/src/domain/profile.test.ts': 'two people without one do not become one (original-28)',
    'services/proxy/src/domain/identity-headers.test.ts': 'with the id whole after the first colon (original-28)',
  }),
  'original-29': proven('--debug and --config stand side by side; the container recipes start', {
    'libs/config/src/variables.test.ts': 'original-29: lets flags win over both',
    'test/compose/compose.test.ts': 'serves the whole journey to the official SDK through the edge',
  }),
  'original-30': proven('scopes are enforced', {
    'services/proxy/src/authorization.test.ts': 'when the token has none of them (R6, original-30)',
    'services/auth-server/src/domain/authorization-request.test.ts':
      'gets the scopes that exist of those it asks for (original-30)',
  }),
}
