/** What the MCP specification asks of a protected resource and of the transport, broken line by line. */
import type { Planted } from './defect.ts'

export const PROTECTED_RESOURCE: Planted = {
  R1: [
    {
      defect: 'the metadata names no authorization server',
      file: 'libs/oauth/src/resource-metadata.ts',
      find: '    authorization_servers: [issuer],\n',
      replace: '',
    },
  ],
  R2: [
    {
      defect: 'a challenge does not name the metadata',
      file: 'libs/oauth/src/challenge.ts',
      find: "    ['resource_metadata', quotable(challenge.resourceMetadata)],\n",
      replace: '',
      tests: {
        'services/proxy/src/domain/served-service.test.ts': 'name the metadata and what a normal session needs',
      },
    },
    {
      defect: 'the root form does not answer',
      file: 'services/proxy/src/routes.ts',
      find: 'if (only !== undefined && documents.length === 1) return document(reply, only.service.id)',
      replace: '',
      tests: { 'services/proxy/src/routes.test.ts': '(R1, R2, original-15, pain-7)' },
    },
  ],
  R3: [
    {
      defect: 'a challenge names no scopes',
      file: 'services/proxy/src/domain/served-service.ts',
      find: 'none: bearerChallenge({ resourceMetadata, scope: usual }),',
      replace: 'none: bearerChallenge({ resourceMetadata }),',
    },
  ],
  R4: [
    {
      defect: 'an expired token is good',
      file: 'services/proxy/src/token/verify.ts',
      find: "if (claims.exp * 1_000 <= now - CLOCK_SKEW_MS || claims.iat * 1_000 + deps.lifeMs <= now) return 'token_expired'",
      replace: '',
    },
    {
      defect: 'a token of another issuer is good',
      file: 'services/proxy/src/token/verify.ts',
      find: "if (claims.iss !== deps.issuer) return refused('token_issuer')",
      replace: '',
      tests: { 'services/proxy/src/token/verify.test.ts': 'with %s is refused' },
    },
    {
      defect: 'a token that the revoked key signed is good once it was verified',
      file: 'services/proxy/src/token/verify.ts',
      find: "  if (deps.keyOf(key.kid) !== key) return 'token_key_unknown'\n  return deps",
      replace: '  return deps',
      tests: {
        'services/proxy/src/token/verify.test.ts':
          'that were good are judged anew at each use: service, time, key, revocation',
      },
    },
    {
      defect: 'two Authorization headers are one',
      file: 'services/proxy/src/token/authenticate.ts',
      find: 'if (count > 1) return MALFORMED',
      replace: '',
      tests: { 'services/proxy/src/authorization.test.ts': '', 'services/proxy/src/token/verify.test.ts': '' },
    },
  ],
  R5: [
    {
      defect: 'the client’s token is sent on',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: "if (name === 'authorization') authorizations++\n",
      replace:
        "if (name === 'authorization') {\n      authorizations++\n      forward.push('X-Original-Authorization', raw[i + 1] as string)\n    }\n",
    },
  ],
  R6: [
    {
      defect: 'a challenge for missing scopes names the usual ones',
      file: 'services/proxy/src/domain/served-service.ts',
      find: "scope: error === 'insufficient_scope' ? formatScope(service.scopes) : usual,",
      replace: 'scope: usual,',
    },
  ],
  R8: [
    {
      defect: 'a challenge asks for offline_access',
      file: 'services/proxy/src/domain/served-service.ts',
      find: "const kept = [...granted].filter((scope) => scope !== 'offline_access')",
      replace: 'const kept = [...granted]',
      tests: {
        'services/proxy/src/domain/served-service.test.ts': '',
        'services/proxy/src/operations.test.ts': '(R6, R8, pain-18)',
      },
    },
    {
      defect: 'the metadata of a resource lists offline_access',
      file: 'libs/oauth/src/resource-metadata.ts',
      find: '{ scopes_supported: [...scopes] }',
      replace: "{ scopes_supported: [...scopes, 'offline_access'] }",
      tests: { 'libs/oauth/src/resource-metadata.test.ts': '', 'services/proxy/src/routes.test.ts': '' },
    },
  ],
  R9: [
    {
      defect: 'a token in the query is passed over',
      file: 'services/proxy/src/hot-path/admit.ts',
      find: "if (carriesToken(query)) return { refusal: 'credentials_malformed', reason: 'token_in_query' }",
      replace: 'carriesToken(query)',
      tests: { 'services/proxy/src/authorization.test.ts': 'does not get in with one in the query (R9)' },
    },
    {
      defect: 'a token in the query is a token',
      file: 'services/proxy/src/hot-path/admit.ts',
      find: "if (carriesToken(query)) return { refusal: 'credentials_malformed', reason: 'token_in_query' }",
      replace:
        "headers.authorization ??= carriesToken(query) ? `Bearer ${new URLSearchParams(query).get('access_token')}` : undefined",
      tests: { 'services/proxy/src/authorization.test.ts': 'does not get in with one in the query (R9)' },
    },
  ],
  R10: [
    {
      defect: 'a resource ends with a slash',
      file: 'libs/oauth/src/resource.ts',
      find: 'return `${issuer}/${serviceId}/mcp`',
      replace: 'return `${issuer}/${serviceId}/mcp/`',
    },
  ],
  R11: [
    {
      defect: 'the metadata of a resource lists the whole catalogue',
      file: 'libs/oauth/src/resource-metadata.ts',
      find: 'const scopes = service.default_scopes ?? service.scopes',
      replace: 'const { scopes } = service',
    },
    {
      defect: 'metadata and first challenge ask for different scopes',
      file: 'services/proxy/src/domain/served-service.ts',
      find: 'const usual = formatScope(service.default_scopes ?? service.scopes)',
      replace: 'const usual = formatScope(service.scopes)',
    },
  ],
}

export const TRANSPORT: Planted = {
  T1: [
    {
      defect: 'the Origin is not looked at',
      file: 'services/proxy/src/hot-path/admit.ts',
      find: "if (cors === undefined) return { refusal: 'origin_not_allowed' }\n    call.cors = cors",
      replace: 'if (cors !== undefined) call.cors = cors',
    },
    {
      defect: 'the Host is not looked at',
      file: 'services/proxy/src/hot-path/admit.ts',
      find: "if (!deps.hostAllowed(headers.host)) return { refusal: 'host_not_served' }",
      replace: '',
      tests: { 'services/proxy/src/routes.test.ts': 'a foreign Host is refused before anything else (DNS rebinding)' },
    },
  ],
  T2: [
    {
      defect: 'a session id that means nothing is refused',
      file: 'services/proxy/src/hot-path/admit.ts',
      find: ' || isModern(versionOf(call.request))) return undefined',
      replace: ') return undefined',
    },
  ],
  T3: [
    {
      defect: 'header and body may name two versions',
      file: 'services/proxy/src/domain/inspection.ts',
      find: ' || stated !== version) return',
      replace: ') return',
      tests: { 'services/proxy/src/domain/inspection.test.ts': '' },
    },
    {
      defect: 'a version that nobody knows is judged like the newest',
      file: 'services/proxy/src/domain/inspection.ts',
      find: "if (version !== undefined && !SUPPORTED_VERSIONS.includes(version)) return 'version_unsupported'",
      replace: '',
    },
  ],
  T4: [
    {
      defect: 'header and body may name two methods',
      file: 'services/proxy/src/domain/inspection.ts',
      find: "if (headers.method !== message.method) return 'header_mismatch'",
      replace: '',
      tests: {
        'services/proxy/src/domain/inspection.test.ts': 'is -32020 with its id where the headers say %s (T3, T4)',
      },
    },
    {
      defect: 'the name in the header is not decoded',
      file: 'services/proxy/src/domain/inspection.ts',
      find: 'decoded(headers.name) === message.name',
      replace: 'headers.name === message.name',
    },
  ],
  T5: [
    {
      defect: 'headers that are not known are dropped',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: 'else if (!isRemoved(name) && !named?.has(name)) forward',
      replace: "else if (!isRemoved(name) && !named?.has(name) && !name.startsWith('mcp-param-')) forward",
    },
  ],
  T6: [
    {
      defect: 'a request is judged by its headers',
      file: 'services/proxy/src/domain/inspection.ts',
      find: 'const operations = messages.flatMap((each) => each.operations).filter(({ kind }) => rules.has(kind))',
      replace:
        'const operations = messages.flatMap((each) => each.operations).map((each) => ({ ...each, name: headers.name ?? each.name })).filter(({ kind }) => rules.has(kind))',
    },
    {
      defect: 'of a batch the first message is judged',
      file: 'services/proxy/src/domain/inspection.ts',
      find: 'const operations = messages.flatMap((each) => each.operations)',
      replace: 'const operations = messages.slice(0, 1).flatMap((each) => each.operations)',
      tests: {
        'services/proxy/src/domain/inspection.test.ts':
          'cannot hide in a batch (2025-03-26), and is answered for all of it',
      },
    },
    {
      defect: 'of a repeated key the first one counts',
      file: 'services/proxy/src/domain/strict-json.ts',
      find: "if (members.has(key) || !this.#isNext(':')) throw new Malformed()",
      replace: "if (!this.#isNext(':')) throw new Malformed()",
      tests: { 'services/proxy/src/domain/strict-json.test.ts': 'is not %s' },
    },
  ],
  T8: [
    {
      defect: 'the backend goes on for a client that is gone',
      file: 'services/proxy/src/hot-path/exchange.ts',
      find: "    this.#controller?.abort(new Error('the client is gone'))\n    if (!this.#headSent)",
      replace: '    if (!this.#headSent)',
    },
  ],
  T9: [
    {
      defect: 'a comment may stand within an event',
      file: 'services/proxy/src/hot-path/event-stream.ts',
      find: "return tail === '' || EMPTY_LINE.test(tail)",
      replace: "return tail === '' || EMPTY_LINE.test(tail) || tail.endsWith('\\n')",
      tests: { 'services/proxy/src/hot-path/event-stream.test.ts': '' },
    },
  ],
  T12: [
    {
      defect: 'a session needs the replica that began it',
      file: 'services/proxy/src/domain/session-binding.ts',
      find: 'this.#keyring = keyring',
      replace:
        'const own = Math.random()\n    this.#keyring = { activeId: keyring.activeId, mac: (label: string, text: string, id?: string) => keyring.mac(`${label}${own}`, text, id), verifyMac: (label: string, text: string, id: string, mac: string) => keyring.verifyMac(`${label}${own}`, text, id, mac) } as never',
    },
  ],
}
