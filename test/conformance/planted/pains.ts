/** What users of peer systems report most, planted here: clients, tokens, providers. */
import type { Planted } from './defect.ts'

export const PAINS: Planted = {
  'pain-1': [
    {
      defect: 'a token that was superseded a moment ago kills the session',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: 'if (superseded && answeredUntil(state, generation) < at) return',
      replace: 'if (superseded) return',
    },
    {
      defect: 'a token that is refreshed twice at once forks the lineage',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: "    case 'repeat':\n      return []",
      replace:
        "    case 'repeat':\n      return [{ type: 'TokenRotated', generation: generation + 1, superseded_until: wholeSecond(at + lives.graceMs), at }]",
    },
  ],
  'pain-2': [
    {
      defect: 'no refresh token without offline_access',
      file: 'services/auth-server/src/grants/authorization-code.ts',
      find: "client.metadata.grant_types.includes('refresh_token')",
      replace: "grant.scopes.includes('offline_access')",
      tests: { 'services/auth-server/src/routes/token.test.ts': 'says whether the client refreshes (pain-2)' },
    },
    {
      defect: 'a refresh token lives as long as an access token',
      file: 'services/token-issuer/src/deps.ts',
      find: 'idleMs: tokens.refresh_ttl_seconds * 1000',
      replace: 'idleMs: tokens.access_ttl_seconds * 1000',
      tests: {
        'services/token-issuer/src/handlers/refresh-token.test.ts':
          'works long after the access token has expired, for as long as its own lives last (pain-2)',
      },
    },
    {
      defect: 'a session that is used lives for ever',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: 'return Math.min(state.refreshed_at + lives.idleMs, state.started_at + lives.maxMs)',
      replace: 'return state.refreshed_at + lives.idleMs',
      tests: { 'services/token-issuer/src/domain/token-family.test.ts': '' },
    },
  ],
  'pain-3': [
    {
      defect: 'a client that is gone is not told invalid_client',
      file: 'services/auth-server/src/refusals.ts',
      find: '  client_not_found: invalidClient,',
      replace: "  client_not_found: badRequest('The client is not known.'),",
    },
    {
      defect: 'a client that was deleted is known again from its registration',
      file: 'services/registry/src/handlers/resolve-client.ts',
      find: "if (used.status !== 'absent') throw new Refusal('client_not_found')",
      replace: '',
      tests: {
        'services/registry/src/handlers/operate-clients.test.ts': '',
        'services/registry/src/handlers/manage-client.test.ts': '',
      },
    },
  ],
  'pain-4': [
    {
      defect: 'registrations that nobody used stay for ever',
      file: 'libs/contracts/src/streams.ts',
      find: '    maxAgeSeconds: 7 * DAY,\n',
      replace: '',
    },
    {
      defect: 'a client with live refresh tokens is pruned',
      file: 'services/registry/src/handlers/operate-clients.ts',
      find: "if (unusedMs < deps.refreshTtlSeconds * 1_000 + DAY_MS) throw new Refusal('client_may_hold_tokens')",
      replace: '',
    },
    {
      defect: 'use does not renew a client',
      file: 'services/registry/src/domain/client.ts',
      find: "isRenewalDue(state.used_at, at) ? [{ type: 'ClientRenewed', at }] : []",
      replace: 'isRenewalDue(state.used_at, at) ? [] : []',
      tests: {
        'services/registry/src/domain/client.test.ts': '',
        'services/registry/src/handlers/record-use.test.ts': '',
      },
    },
  ],
  'pain-5': [
    {
      defect: 'metadata follows X-Forwarded-Host',
      file: 'services/auth-server/src/routes/metadata.ts',
      find: 'authorizationServerMetadata(issuer, {',
      replace:
        "authorizationServerMetadata(reply.request.headers['x-forwarded-host'] === undefined ? issuer : `https://${String(reply.request.headers['x-forwarded-host'])}`, {",
    },
    {
      defect: 'metadata follows Host',
      file: 'services/auth-server/src/routes/metadata.ts',
      find: 'authorizationServerMetadata(issuer, {',
      replace: 'authorizationServerMetadata(`http://${String(reply.request.headers.host)}`, {',
      tests: { 'services/auth-server/src/routes/documents.test.ts': '' },
    },
  ],
  'pain-6': [
    {
      defect: 'a slash at the end makes another resource',
      file: 'libs/oauth/src/resource.ts',
      find: "path.replace(/(?<!\\/)\\/$/, '')",
      replace: 'path',
    },
    {
      defect: 'the case of a host makes another resource',
      file: 'libs/oauth/src/resource.ts',
      find: 'host.toLowerCase()',
      replace: 'host',
    },
    {
      defect: 'a resource is found by its prefix',
      file: 'services/auth-server/src/domain/catalogue.ts',
      find: 'canonicalResource(resourceOf(issuer, service.id)) === asked)',
      replace: "asked.startsWith(canonicalResource(resourceOf(issuer, service.id)) ?? ' '))",
      tests: { 'services/auth-server/src/domain/catalogue.test.ts': 'finds none by %s' },
    },
  ],
  'pain-7': [
    {
      defect: 'metadata of the authorization server is not found in the appended form',
      file: 'services/auth-server/src/routes/metadata.ts',
      find: '[`/.well-known/${name}/:id/mcp`, `/:id/mcp/.well-known/${name}`]',
      replace: '[`/.well-known/${name}/:id/mcp`]',
      tests: { 'services/auth-server/src/routes/documents.test.ts': 'pain-7)' },
    },
    {
      defect: 'every path gets the document of the first service',
      file: 'services/proxy/src/routes.ts',
      find: 'document(reply, request.params.id),',
      replace: "document(reply, catalogue.list()[0]?.service.id ?? ''),",
      tests: { 'services/proxy/src/routes.test.ts': 'the metadata of a protected resource' },
    },
  ],
  'pain-8': [
    {
      defect: 'the port of a loopback redirect must be the registered one',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: 'return anyPort !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === anyPort)',
      replace: 'return anyPort === registered[0]',
    },
    {
      defect: 'localhost is no loopback',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: '(?:localhost|127\\.0\\.0\\.1|\\[::1\\])',
      replace: '(?:127\\.0\\.0\\.1|\\[::1\\])',
    },
    {
      defect: 'the path of a loopback redirect is free as well',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: 'return `${origin}${rest}`',
      replace: 'return `${origin}${rest && origin}`',
      tests: { 'libs/oauth/src/redirect-uri.test.ts': '' },
    },
  ],
  'pain-9': [
    {
      defect: 'the answer to the form is a redirect to the client, which form-action forbids',
      file: 'services/auth-server/src/pages/pages.ts',
      find: "return sendPage(reply, pages, { status: 200, html: pages.hop(view), referrer: 'no-referrer' })",
      replace: "return reply.header('Content-Security-Policy', pages.policy).redirect(view.url, 303)",
      tests: {
        'services/auth-server/src/routes/consent.test.ts': 'approved, a page of our own leads to the login (pain-9)',
      },
    },
    {
      defect: 'the pages forbid their own form',
      file: 'services/auth-server/src/pages/pages.ts',
      find: "form-action 'self'",
      replace: "form-action 'none'",
    },
  ],
  'pain-13': [
    {
      defect: 'a refresh token is overwritten with nothing',
      file: 'services/provider-bridge/src/people.ts',
      find: 'refresh_token: tokens.refresh_token ?? before.refresh_token,',
      replace: 'refresh_token: tokens.refresh_token,',
      tests: { 'services/provider-bridge/src/recheck.test.ts': '' },
    },
    {
      defect: 'new tokens are kept after what can fail',
      file: 'services/provider-bridge/src/handlers/recheck-user.ts',
      find: '    isKept = await people.replaceTokens(sub, tokens, {',
      replace:
        "    if (!('reason' in (await provider.describe(given.access_token, subject, undefined))))\n    isKept = await people.replaceTokens(sub, tokens, {",
      tests: { 'services/provider-bridge/src/recheck.test.ts': 'is kept before anything that can fail' },
    },
    {
      defect: 'two replicas spend the same refresh token',
      file: 'services/provider-bridge/src/domain/upstream-grant.ts',
      find: "if (claim?.generation === generation && at < claim.until) throw new Refusal('renewal_claimed')",
      replace: '',
      tests: { 'services/provider-bridge/src/domain/upstream-grant.test.ts': 'is claimed by one (pain-13)' },
    },
  ],
  'pain-19': [
    {
      defect: 'hosts that the operator denies are fetched from',
      file: 'services/registry/src/handlers/resolve-client.ts',
      find: "if (denied !== undefined) throw new Refusal('metadata_document_denied', { reason: denied })",
      replace: '',
      tests: {
        'services/registry/src/handlers/resolve-client.test.ts':
          'is denied or allowed by its host before anything is fetched (A8, pain-19)',
      },
    },
    {
      defect: 'an address that is not public is connected to',
      file: 'services/registry/src/undici/pinned-connector.ts',
      find: 'const bad = isPrivate(host) ? undefined : addresses.find((address) => addressProblem(address) !== undefined)',
      replace: 'const bad = undefined',
    },
    {
      defect: 'a document of any size is read',
      file: 'services/registry/src/undici/guarded-fetch.ts',
      find: "if (length > limits.bytesMax) return { status: 'refused', reason: 'too_large' }",
      replace: '',
      tests: { 'services/registry/src/undici/guarded-fetch.test.ts': '' },
    },
    {
      defect: 'a redirect is an answer',
      file: 'services/registry/src/undici/guarded-fetch.ts',
      find: 'if (status === 200) return undefined',
      replace: 'if (status < 400) return undefined',
      tests: { 'services/registry/src/undici/guarded-fetch.test.ts': '' },
    },
    {
      defect: 'a document that is not acceptable is fetched each time',
      file: 'services/registry/src/remote-documents.ts',
      find: 'const REFUSED_MS = MINUTE\n',
      replace: 'const REFUSED_MS = 0 * MINUTE\n',
      tests: {
        'services/registry/src/remote-documents.test.ts': '',
        'services/registry/src/handlers/resolve-client.test.ts': '',
      },
    },
    {
      defect: 'a document is kept for as long as its host says',
      file: 'services/registry/src/remote-documents.ts',
      find: 'Math.min(Math.max(fetched.lifetimeMs, FRESH_MIN_MS), FRESH_MAX_MS)',
      replace: 'Math.max(fetched.lifetimeMs, FRESH_MIN_MS - FRESH_MAX_MS)',
      tests: {
        'services/registry/src/remote-documents.test.ts': '',
        'services/registry/src/handlers/resolve-client.test.ts': '',
      },
    },
  ],
  'pain-20': [
    {
      defect: 'Entra is asked for a resource',
      file: 'services/provider-bridge/src/upstream/provider.ts',
      find: '    ...wishes,\n',
      replace: "    ...wishes,\n    resource: 'https://graph.microsoft.com',\n",
      tests: {
        'services/provider-bridge/src/providers/entra.test.ts':
          'never names a resource, neither at the beginning nor with the code',
      },
    },
    {
      defect: 'Okta gets assertions for its issuer, which it refuses',
      file: 'services/provider-bridge/src/domain/providers/okta.ts',
      find: "  assertionAudience: 'token endpoint',\n",
      replace: '',
      tests: {
        'services/provider-bridge/src/providers/okta.test.ts': '',
        'services/provider-bridge/src/client-proof.test.ts': '',
      },
    },
  ],
  'pain-22': [
    {
      defect: 'a key signs as soon as it is published',
      file: 'services/token-issuer/src/domain/key-schedule.ts',
      find: 'return key.created_at + schedule.publishAheadMs',
      replace: 'return key.created_at',
    },
    {
      defect: 'a key is gone as soon as it has been replaced',
      file: 'services/token-issuer/src/domain/key-schedule.ts',
      find: 'dropAfterMs: policy.access_ttl_seconds * 1000 + DAY_MS',
      replace: 'dropAfterMs: policy.access_ttl_seconds * 0',
    },
  ],
}
