/** The holes of peer systems, opened here: codes, tokens, secrets, forwarding. */
import type { Planted } from './defect.ts'

export const ADVISORIES: Planted = {
  'advisory: wrong client could revoke': [
    {
      defect: 'a client may revoke the family of another one',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: "if (state.status !== 'active' || state.client_id !== command.client_id) return []",
      replace: "if (state.status !== 'active') return []",
      tests: { 'services/token-issuer/src/handlers/revoke-token.test.ts': '' },
    },
    {
      defect: 'a client may revoke the access token of another one',
      file: 'services/token-issuer/src/handlers/revoke-token.ts',
      find: 'if (claims?.client_id === client_id) await',
      replace: 'if (claims) await',
      tests: { 'services/token-issuer/src/handlers/revoke-token.test.ts': '' },
    },
    {
      defect: 'a code may be redeemed by another client',
      file: 'services/auth-server/src/domain/authorization.ts',
      find: 'fails: ({ grant }, shown) => grant.client_id !== shown.client_id }',
      replace: 'fails: () => false }',
      tests: { 'services/auth-server/src/routes/token.test.ts': 'advisory: code of client A burned by client B' },
    },
    {
      defect: 'another client’s refresh ends the family',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: "if (state.client_id !== command.client_id) throw refuse('refresh_token_invalid', { why: 'another client' })",
      replace:
        "if (state.status === 'active' && state.client_id !== command.client_id) return { outcome: 'reuse', family: state }",
      tests: {
        'services/token-issuer/src/domain/token-family.test.ts': '',
        'services/token-issuer/src/handlers/refresh-token.test.ts': '',
      },
    },
  ],
  'advisory: concurrent code redemption': [
    {
      defect: 'the family of a code is new for every redemption',
      file: 'services/auth-server/src/domain/code.ts',
      find: 'return keyOf(`family:${authorizationId}`).slice(0, 22)',
      replace: 'return keyOf(`family:${authorizationId}${Math.random()}`).slice(0, 22)',
    },
    {
      defect: 'an append does not look at what came before',
      file: 'libs/bus/src/memory/stream.ts',
      find: 'if (expectedSequence !== undefined && (newest?.sequence ?? 0) !== expectedSequence) {',
      replace: 'if (expectedSequence === -1) {',
      tests: { 'services/token-issuer/src/handlers/issue-token.test.ts': 'advisory: concurrent code redemption' },
    },
  ],
  'advisory: concurrent refresh': [
    {
      defect: 'a refresh is appended whatever came before',
      file: 'libs/bus/src/memory/stream.ts',
      find: 'if (expectedSequence !== undefined && (newest?.sequence ?? 0) !== expectedSequence) {',
      replace: 'if (expectedSequence === -1) {',
    },
    {
      defect: 'a revoked family is revived by a refresh',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: "if (state.status === 'revoked') throw refuse('family_revoked', { reason: state.reason })",
      replace:
        "if (state.status === 'revoked') return { outcome: 'rotate', family: { ...state, status: 'active', scopes: [], auth_time: 0, refreshable: true, refreshed_at: command.at, generation: 0, superseded: [] } }",
      tests: {
        'services/token-issuer/src/handlers/refresh-token.test.ts': 'racing a revocation never revives the family',
      },
    },
  ],
  'advisory: missing privilege check on client management': [
    {
      defect: 'any token manages any registration',
      file: 'services/registry/src/handlers/manage-client.ts',
      find: 'isRegistrationAccessTokenOf(deps.keyring, client, input.registration_access_token, deps.clock())',
      replace: 'isRegistrationAccessTokenOf.length > 0',
      tests: { 'services/registry/src/handlers/manage-client.test.ts': '' },
    },
    {
      defect: 'operators may ask anything of the bus',
      file: 'services/gateway/src/operator/socket.ts',
      find: 'operatorOperations.find(({ subject }) => subject === question.data?.subject)',
      replace: '(question.data && { ...operatorOperations[0]!, subject: question.data.subject })',
    },
  ],
  'advisory: static internal key': [
    {
      defect: 'the bus asks nobody for a key',
      file: 'libs/contracts/src/permissions.ts',
      find: "return `authorization {\\n  timeout: 2\\n  users: [\\n${users.join('')}  ]\\n}\\n`",
      replace: "return users.length < 0 ? '' : '\\n'",
    },
  ],
  'advisory: internal identity read from an unverified JWT': [
    {
      defect: 'a token without a signature is good',
      file: 'services/proxy/src/token/verify.ts',
      find: "return signatureHolds(jws, key) ? verified : refused('token_signature')",
      replace: 'return signatureHolds(jws, key) ? verified : verified',
      tests: { 'services/proxy/src/token/verify.test.ts': 'with %s is refused' },
    },
    {
      defect: 'the algorithm is what the token says',
      file: 'services/proxy/src/token/verify.ts',
      find: "return header.alg === key.alg ? key : 'token_algorithm'",
      replace: "return header.alg === 'none' ? 'token_algorithm' : key",
      tests: { 'services/proxy/src/token/verify.test.ts': 'with %s is refused' },
    },
    {
      defect: 'an ID token is an access token',
      file: 'services/proxy/src/token/verify.ts',
      find: "if (typeof header.typ !== 'string' || !/^(application\\/)?at\\+jwt$/i.test(header.typ)) return 'token_type'",
      replace: '',
      tests: { 'services/proxy/src/token/verify.test.ts': 'with %s is refused' },
    },
    {
      defect: 'a client is who its assertion says',
      file: 'services/registry/src/client-assertion.ts',
      find: 'if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw failed(reasonOf(error))',
      replace: 'if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return decodeJwt(assertion)',
    },
    {
      defect: 'an assertion may be used again',
      file: 'services/registry/src/client-assertion.ts',
      find: "throw failed('assertion_replayed')",
      replace: 'return',
      tests: { 'services/registry/src/client-assertion.test.ts': '' },
    },
    {
      defect: 'userinfo believes what a token says of itself',
      file: 'services/auth-server/src/routes/userinfo.ts',
      find: 'return answer.active ? answer : undefined',
      replace:
        "return answer.active ? answer : ({ ...JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()), token_type: 'Bearer' } as never)",
      tests: { 'services/auth-server/src/routes/tokens-told.test.ts': '' },
    },
  ],
  'advisory: cookie and proxy-authorization forwarded': [
    {
      defect: 'Proxy-Authorization reaches the backend',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: ", 'dpop', 'proxy-authorization']",
      replace: ", 'dpop']",
      tests: { 'services/proxy/src/hot-path/headers.test.ts': 'lose %s' },
    },
    {
      defect: 'cookies reach the backend',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: "['authorization', 'cookie', ",
      replace: "['authorization', ",
      tests: { 'services/proxy/src/forwarding.test.ts': 'reaches the backend with exactly these headers' },
    },
  ],
  'advisory: gateway token sent to third party': [
    {
      defect: 'the client’s token reaches the backend',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: "if (name === 'authorization') authorizations++\n",
      replace:
        "if (name === 'authorization') {\n      authorizations++\n      forward.push(sent, raw[i + 1] as string)\n    }\n",
    },
  ],
  'advisory: session id not bound': [
    {
      defect: 'whoever knows a session id has the session',
      file: 'services/proxy/src/domain/session-binding.ts',
      find: 'return this.#keyring.verifyMac(LABEL, boundTo(session, serviceId, owner), keyId, mac) ? session : undefined',
      replace: 'return this.#keyring.has(keyId) ? session : undefined',
    },
  ],
  'advisory: weak or default JWT secret': [
    {
      defect: 'a weak secret starts on a public issuer',
      file: 'libs/config/src/rules.ts',
      find: '    if (isLoopbackIssuer(tree.issuer)) {',
      replace: '    if (isLoopbackIssuer(tree.issuer) || weak) {',
    },
    {
      defect: 'a short secret is not weak',
      file: 'libs/config/src/session-secret.ts',
      find: 'if (secret.length < LENGTH_MIN) return',
      replace: 'if (secret.length < 1) return',
    },
    {
      defect: 'a secret of one character repeated is not weak',
      file: 'libs/config/src/session-secret.ts',
      find: 'if (new Set(secret).size < DISTINCT_MIN) return',
      replace: 'if (new Set(secret).size < 1) return',
    },
    {
      defect: 'an example of a secret is not weak',
      file: 'libs/config/src/session-secret.ts',
      find: 'TELLTALES.some((word) => lower.includes(word))',
      replace: 'TELLTALES.some((word) => lower === word)',
    },
  ],
  'advisory: route normalisation': [
    {
      defect: 'dot segments and empty ones pass',
      file: 'services/proxy/src/domain/target.ts',
      find: '|| AMBIGUOUS_SEGMENT.test(path)) return',
      replace: ') return',
      tests: { 'services/proxy/src/domain/target.test.ts': '%j is refused' },
    },
    {
      defect: 'escaped dots and slashes pass',
      file: 'services/proxy/src/domain/target.ts',
      find: "if (path.includes('%') && AMBIGUOUS_ESCAPE.test(path)) return 'malformed'",
      replace: '',
      tests: { 'services/proxy/src/domain/target.test.ts': '%j is refused' },
    },
    {
      defect: 'a service is found whatever the case of its path',
      file: 'services/proxy/src/domain/target.ts',
      find: "!path.startsWith('/mcp', end)",
      replace: "!path.toLowerCase().startsWith('/mcp', end)",
      tests: { 'services/proxy/src/domain/target.test.ts': '%s is none' },
    },
    {
      defect: 'the absolute form is read as its path',
      file: 'services/proxy/src/domain/target.ts',
      find: "export function parseTarget(url: string): Target | 'other' | 'malformed' {\n",
      replace:
        "export function parseTarget(raw: string): Target | 'other' | 'malformed' {\n  const url = raw.replace(/^https?:\\/\\/[^/]*/i, '')\n",
      tests: { 'services/proxy/src/domain/target.test.ts': '%j is refused' },
    },
    {
      defect: 'the path is normalised on its way to the backend',
      file: 'services/proxy/src/hot-path/forward.ts',
      find: 'const path = backendPath(backend, target.subPath, target.query)',
      replace: 'const path = decodeURI(backendPath(backend, target.subPath, target.query))',
      tests: { 'services/proxy/src/forwarding.test.ts': '', 'services/proxy/src/routes.test.ts': '' },
    },
  ],
  'advisory: client-side RCE from authorization_endpoint': [
    {
      defect: 'an issuer may be anything that begins like an URL',
      file: 'libs/config/src/sections.ts',
      find: "if (url.protocol !== 'https:' && url.protocol !== 'http:') return `must begin with https://, ${right}`",
      replace: '',
      tests: { 'libs/config/src/rules.test.ts': '' },
    },
    {
      defect: 'an issuer keeps what stands behind its host',
      file: 'libs/config/src/sections.ts',
      find: '  .transform((value) => new URL(value).origin)\n',
      replace: '',
      tests: { 'libs/config/src/rules.test.ts': '', 'libs/config/src/load.test.ts': '' },
    },
    {
      defect: 'the authorization endpoint is not below the issuer',
      file: 'libs/oauth/src/server-metadata.ts',
      find: 'authorization_endpoint: `${issuer}/oauth/authorize`,',
      replace: 'authorization_endpoint: `file:///c:/windows/system32/calc.exe#${issuer}`,',
    },
  ],
  'advisory: signing with non-constant-time compare': [
    {
      defect: 'a MAC is compared until the first difference',
      file: 'libs/kernel/src/keyring.ts',
      find: 'return expected.length === given.length && timingSafeEqual(expected, given)',
      replace: 'return expected.equals(given)',
    },
    {
      defect: 'a secret is compared as text',
      file: 'services/registry/src/handlers/register-client.ts',
      find: 'tokens.filter((token) => secretEquals(token.open(), given)).length > 0',
      replace: 'tokens.some((token) => token.open() === given)',
    },
    {
      defect: 'a challenge is compared as text',
      file: 'libs/oauth/src/pkce.ts',
      find: "return secretEquals(createHash('sha256').update(verifier).digest('base64url'), challenge)",
      replace: "return createHash('sha256').update(verifier).digest('base64url') === challenge",
    },
    {
      defect: 'the state of a login is compared as text',
      file: 'services/provider-bridge/src/sealed-login.ts',
      find: "if (states.length !== 1 || !secretEquals(states[0] ?? '', state)) {",
      replace: 'if (states.length !== 1 || states[0] !== state) {',
    },
  ],
}
