/** What users of peer systems report most. */
import { elsewhere, proven, type Requirements } from './requirement.ts'

export const PAINS: Requirements = {
  'pain-1': proven('parallel refreshes keep one lineage', {
    'test/e2e/three-replicas.test.ts': 'keep one lineage through 50 parallel refreshes, and nobody is logged out',
    'services/token-issuer/src/handlers/refresh-token.test.ts':
      'by 50 at once on three replicas is one lineage, and nobody is logged out (pain-1)',
    'services/token-issuer/src/domain/token-family.test.ts':
      'superseded within the grace window changes nothing (pain-1',
  }),
  'pain-2': proven('a client that lists the grant gets refresh tokens, which outlive its access tokens', {
    'services/auth-server/src/routes/token.test.ts': 'says whether the client refreshes (pain-2)',
    'test/e2e/returning-clients.test.ts': 'renews an access token that is refused, and asks nobody',
    'test/conformance/clients.test.ts': 'is renewed by SDK %s, and nobody is asked again',
    'services/token-issuer/src/handlers/refresh-token.test.ts': 'works long after the access token has expired',
    'services/provider-bridge/src/providers/keycloak.test.ts': 'is not signed out of the gateway by that',
  }),
  'pain-3': proven('a deleted client is told so, in a way that makes it register anew', {
    'services/auth-server/src/authentication.test.ts': '(RFC 6749 §5.2, original-16, pain-3)',
    'services/registry/src/handlers/authenticate-client.test.ts': 'so that it registers anew (pain-3)',
    'test/conformance/clients.test.ts': 'registers anew (pain-3)',
    'test/e2e/returning-clients.test.ts': 'registers anew when an operator has deleted its registration',
  }),
  'pain-4': proven('unused registrations expire, used ones live on, operators list and prune', {
    'services/registry/src/handlers/register-client.test.ts':
      'is forgotten after seven days without a redeemed code (pain-4)',
    'services/registry/src/handlers/operate-clients.test.ts': 'cannot prune a client with live refresh tokens (pain-4)',
  }),
  'pain-5': proven('one configured public URL', {
    'services/auth-server/src/routes/documents.test.ts':
      'one document with the configured issuer at %s (A2, A3, pain-5',
  }),
  'pain-6': proven('resources are canonicalised, never matched by prefix', {
    'libs/oauth/src/resource.test.ts': 'has one canonical form, whatever way it is written',
    'services/auth-server/src/domain/catalogue.test.ts':
      'finds the service by its resource in the spelling %s (pain-6)',
  }),
  'pain-7': proven('metadata in inserted and appended forms, per service', {
    'services/auth-server/src/routes/documents.test.ts': 'pain-7)',
    'services/proxy/src/routes.test.ts': 'original-15, pain-7)',
  }),
  'pain-8': proven('loopback redirects at any port', {
    'libs/oauth/src/redirect-uri.test.ts':
      'ignores the port of http loopback hosts on both sides (RFC 8252 §7.3, pain-8)',
    'services/auth-server/src/routes/authorize.test.ts': 'serves a loopback client at any port (pain-8)',
  }),
  'pain-9': proven('consent works in Chromium', {
    'test/e2e/pages.test.ts': 'forms may only go to their own origin (pain-9)',
  }),
  'pain-10': elsewhere('proxy', 'sessions survive replicas', {
    'services/proxy/src/sessions.test.ts': 'survives the death of the replica that began it (pain-10)',
  }),
  'pain-11': elsewhere('proxy', 'streams are neither cut nor buffered', {
    'services/proxy/src/open-streams.test.ts': 'gets comments between its events and never within one (pain-11',
    'services/proxy/src/streaming.test.ts': 'each event when the backend wrote it (original-10, pain-11)',
  }),
  'pain-12': elsewhere('proxy', 'the backend knows who calls, by a signed assertion', {
    'services/proxy/src/assertion/assertions.test.ts': 'jose verifies it (pain-12)',
    'services/proxy/src/hot-path/headers.test.ts': 'lose %s (original-12, pain-12',
  }),
  'pain-13': elsewhere('provider-bridge', 'refresh tokens of providers are not lost', {
    'services/provider-bridge/src/recheck.test.ts': 'is kept before anything that can fail',
    'services/provider-bridge/src/domain/upstream-grant.test.ts': 'is claimed by one (pain-13)',
  }),
  'pain-14': proven('a user, client or family is stopped within a second', {
    'services/provider-bridge/src/operators.test.ts':
      'stops what was issued and every new sign-in, everywhere, until it is lifted (pain-14)',
    'services/proxy/src/authorization.test.ts': 'refuses its tokens at once',
    'services/token-issuer/src/handlers/reactions.test.ts': 'has everything refused from before (pain-14)',
  }),
  'pain-15': elsewhere('proxy', 'a session belongs to its user', {
    'services/proxy/src/sessions.test.ts': 'is not found by another user or another client on %s (pain-15',
  }),
  'pain-16': proven('limits do not hit all users of a hosted client', {
    'services/auth-server/src/limits.test.ts': 'let others at the same address through, and what is right (pain-16)',
    'services/registry/src/limiter.test.ts': 'is counted once for all of them',
    'services/proxy/src/limits/limits.test.ts': 'users of one hosted client do not share them (pain-16)',
  }),
  'pain-17': proven('CORS is open without credentials, preflights come before authorization', {
    'services/auth-server/src/routes/token.test.ts':
      'is read by every origin, errors included, and never with credentials (pain-17)',
    'services/auth-server/src/routes/register.test.ts': 'is open to every origin (pain-17)',
    'services/proxy/src/routes.test.ts': 'is preflighted on %s before authorization',
  }),
  'pain-18': proven('step-up works end to end', {
    'test/journey/step-up.test.ts': 'leads SDK v1 through a second authorization',
    'test/e2e/returning-clients.test.ts': 'is led to a wider authorization by a tool that takes it',
    'services/proxy/src/operations.test.ts': '(R6, R8, pain-18)',
  }),
  'pain-19': proven('documents of clients are fetched under policy, from pinned public addresses', {
    'services/registry/src/handlers/resolve-client.test.ts':
      'is denied or allowed by its host before anything is fetched (A8, pain-19)',
    'services/registry/src/undici/guarded-fetch.test.ts': 'connects to no address that is not public (pain-19)',
  }),
  'pain-20': elsewhere('provider-bridge', 'quirks of providers reach no client', {
    'services/provider-bridge/src/providers/entra.test.ts':
      'never names a resource, neither at the beginning nor with the code (AADSTS9010010, pain-20)',
    'services/provider-bridge/src/providers/okta.test.ts': 'pain-20',
  }),
  'pain-21': proven('the audit tells who called which tool', {
    'test/e2e/audit.test.ts': 'tells the whole journey, in valid CloudEvents without a secret',
    'services/proxy/src/authorization.test.ts':
      'tells of each call and each refusal, with ids and never with the token',
    'services/proxy/src/operations.test.ts': 'is recorded by what its body asks for',
  }),
  'pain-22': proven('keys are published ahead of use and kept for as long as a token lives', {
    'services/token-issuer/src/key-operations.test.ts':
      'refuses no valid token and issues none that a verifier cannot verify',
    'services/provider-bridge/src/client-proof.test.ts': 'an unknown key is looked for again (pain-22)',
  }),
  'pain-23': proven('doctor plays a client and says what is wrong', {
    'services/gateway/src/doctor/doctor.servers.test.ts': 'finds nothing wrong, and says what it looked at',
  }),
  'pain-24': proven('both protocol eras pass, and headers are trusted only where they must agree', {
    'test/journey/step-up.test.ts': "[['legacy'], ['auto']]",
    'services/proxy/src/domain/inspection.test.ts': 'is judged by the body, whatever the headers say',
  }),
  'pain-25': proven('a new configuration comes into force without a restart', {
    'libs/service/src/reload.test.ts': 'is read again when its file changes, in place or by replacement',
    'services/proxy/src/reload.test.ts': 'and ends no stream (pain-25)',
  }),
}
