/** What users of peer systems report most, planted here: the proxy, limits, revocation, doctor. */
import type { Planted } from './defect.ts'

export const PAINS_OF_PROXY: Planted = {
  'pain-10': [
    {
      defect: 'a session is known to the replica that began it alone',
      file: 'services/proxy/src/domain/session-binding.ts',
      find: 'this.#keyring = keyring',
      replace:
        'const own = Math.random()\n    this.#keyring = { activeId: keyring.activeId, mac: (label: string, text: string, id?: string) => keyring.mac(`${label}${own}`, text, id), verifyMac: (label: string, text: string, id: string, mac: string) => keyring.verifyMac(`${label}${own}`, text, id, mac) } as never',
    },
  ],
  'pain-11': [
    {
      defect: 'a comment may stand within an event',
      file: 'services/proxy/src/hot-path/exchange.ts',
      find: ' || !atEventBoundary(this.#tail)) return',
      replace: ' || atEventBoundary.length < 1) return',
      tests: {
        'services/proxy/src/open-streams.test.ts': 'gets comments between its events and never within one (pain-11',
      },
    },
    {
      defect: 'a silent stream gets no sign of life',
      file: 'services/proxy/src/hot-path/open-streams.ts',
      find: '        stream.keepAlive()\n',
      replace: '',
      tests: {
        'services/proxy/src/open-streams.test.ts': 'gets comments between its events and never within one (pain-11',
      },
    },
    {
      defect: 'proxies in front are let to buffer a stream',
      file: 'services/proxy/src/hot-path/response-headers.ts',
      find: "kept.push('X-Accel-Buffering', 'no')",
      replace: "kept.push('X-Accel-Buffering', 'yes')",
      tests: { 'services/proxy/src/open-streams.test.ts': '' },
    },
    {
      defect: 'the headers of a stream wait for its first event',
      file: 'services/proxy/src/hot-path/exchange.ts',
      find: "headers['content-length'] === undefined) {\n      this.#scheduleFlush()\n    }",
      replace: "headers['content-length'] === undefined) {\n    }",
    },
    {
      defect: 'the timeout bounds the whole stream',
      file: 'services/proxy/src/upstream/upstreams.ts',
      find: 'const bodyMs = service.timeouts?.idle ?? 0',
      replace: 'const bodyMs = service.timeouts?.idle ?? service.timeout',
      tests: {
        'services/proxy/src/streaming.test.ts': 'is not ended by the timeout, which bounds the first byte only',
      },
    },
  ],
  'pain-12': [
    {
      defect: 'an identity header with underscores passes',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: 'const name = underscored(lowerCase)\n',
      replace: 'const name = lowerCase\n',
      tests: { 'services/proxy/src/hot-path/headers.test.ts': 'lose %s (original-12, pain-12' },
    },
    {
      defect: 'an assertion is for every backend',
      file: 'services/proxy/src/assertion/assertions.ts',
      find: '      aud: audience,\n',
      replace: '      aud: issuer,\n',
    },
    {
      defect: 'a client may bring its own assertion',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: "const REMOVED_PREFIXES = ['x-user-', 'x-gateway-', 'x-forwarded-']",
      replace: "const REMOVED_PREFIXES = ['x-user-', 'x-forwarded-']",
    },
    {
      defect: 'an assertion lives for a day',
      file: 'services/proxy/src/assertion/assertions.ts',
      find: 'const LIFE_SECONDS = 120',
      replace: 'const LIFE_SECONDS = 86_400',
    },
  ],
  'pain-14': [
    {
      defect: 'what a user holds who was blocked goes on',
      file: 'services/proxy/src/domain/revocations.ts',
      find: 'issuedBefore(borders.get(`user ${token.sub}`), issuedAt) ||',
      replace: '',
      tests: { 'services/proxy/src/domain/revocations.test.ts': '' },
    },
    {
      defect: 'the end of somebody’s sign-ins is told to nobody',
      file: 'services/token-issuer/src/handlers/reactions.ts',
      find: '  await publishRevokedUser(deps.bus, sub, { at: before, before, actor })\n',
      replace: '',
    },
    {
      defect: 'who is blocked may sign in again',
      file: 'services/provider-bridge/src/handlers/finish-login.ts',
      find: "if (state.blocked) return fail(attempt, 'user_blocked', { sub })",
      replace: '',
    },
    {
      defect: 'an open stream outlives the revocation of its token',
      file: 'services/proxy/src/hot-path/while-open.ts',
      find: '    if (problem !== undefined) return problem\n',
      replace: '',
      tests: { 'services/proxy/src/open-streams.test.ts': '' },
    },
  ],
  'pain-15': [
    {
      defect: 'a session belongs to whoever uses the same client',
      file: 'services/proxy/src/domain/session-binding.ts',
      find: 'JSON.stringify([serviceId, sub, client_id, replica, id])',
      replace: 'JSON.stringify([serviceId, client_id, replica, id, sub.length > 0])',
    },
    {
      defect: 'a session belongs to its user, whatever client he uses',
      file: 'services/proxy/src/domain/session-binding.ts',
      find: 'JSON.stringify([serviceId, sub, client_id, replica, id])',
      replace: 'JSON.stringify([serviceId, sub, replica, id, client_id.length > 0])',
    },
    {
      defect: 'a session is bound for POST alone',
      file: 'services/proxy/src/hot-path/admit.ts',
      find: "return { refusal: 'session_not_found' }",
      replace:
        "if (call.request.method === 'POST') return { refusal: 'session_not_found' }\n  call.session = { id: presented, replica: '' }\n  return undefined",
    },
  ],
  'pain-16': [
    {
      defect: 'failures of one client stop everybody at its address',
      file: 'services/auth-server/src/limits.ts',
      find: '`${addressKey(address)} ${clientId}`',
      replace: '`${addressKey(address)} ${clientId && addressKey(address)}`',
    },
    {
      defect: 'users of one client share one allowance',
      file: 'services/proxy/src/limits/limits.ts',
      find: 'counterOf(users, sub)',
      replace: "counterOf(users, clientId ?? '')",
    },
    {
      defect: 'each replica counts for itself',
      file: 'services/registry/src/limiter.ts',
      find: 'counter.consume(`${purpose} ${key}`,',
      replace: 'counter.consume(`${Math.random()} ${purpose} ${key}`,',
    },
  ],
  'pain-17': [
    {
      defect: 'errors of the token endpoint cannot be read by a page',
      file: 'services/auth-server/src/routes.ts',
      find: 'if (route.cors) allowEveryOrigin(reply)',
      replace: "if (route.cors && route.surface === 'page') allowEveryOrigin(reply)",
    },
    {
      defect: 'the token endpoint allows credentials',
      file: 'services/auth-server/src/routes.ts',
      find: "    .header('Access-Control-Allow-Origin', '*')\n",
      replace: "    .header('Access-Control-Allow-Origin', '*').header('Access-Control-Allow-Credentials', 'true')\n",
    },
    {
      defect: 'a preflight is answered with a challenge',
      file: 'services/proxy/src/hot-path/admit.ts',
      find: "if (isPreflight(call.request)) return 'preflight'",
      replace:
        "if (isPreflight(call.request)) return headers.authorization === undefined ? { refusal: 'credentials_missing' } : 'preflight'",
    },
    {
      defect: 'the challenge cannot be read by a page',
      file: 'services/proxy/src/domain/origins.ts',
      find: "const EXPOSED_HEADERS = ['WWW-Authenticate', ",
      replace: 'const EXPOSED_HEADERS = [',
      tests: {
        'services/proxy/src/routes.test.ts': 'lets a browser read the challenge and the session of an allowed one',
      },
    },
  ],
  'pain-18': [
    {
      defect: 'a step-up challenge leaves out what the token has already',
      file: 'services/proxy/src/domain/served-service.ts',
      find: '[...new Set([...kept, ...needed])]',
      replace: '[...new Set(kept.length < 0 ? kept : needed)]',
      tests: { 'services/proxy/src/operations.test.ts': '(R6, R8, pain-18)' },
    },
    {
      defect: 'a refresh may widen the grant',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: "if (requested.some((scope) => !granted.includes(scope))) throw refuse('scope_widened')",
      replace: 'if (requested.some((scope) => !granted.includes(scope))) return requested',
      tests: {
        'services/token-issuer/src/handlers/refresh-token.test.ts':
          'for more scopes or another resource is refused and spends nothing',
      },
    },
  ],
  'pain-21': [
    {
      defect: 'the audit does not tell which tool was called',
      file: 'services/proxy/src/calls.ts',
      find: "method === 'tools/call' ? spoken(read?.operations[0]?.name ?? request.headers['mcp-name']) : undefined",
      replace: 'undefined',
      tests: { 'services/proxy/src/operations.test.ts': 'is recorded by what its body asks for' },
    },
    {
      defect: 'the audit does not tell who called',
      file: 'services/proxy/src/calls.ts',
      find: '    sub: claims?.sub,\n',
      replace: '',
      tests: { 'services/proxy/src/authorization.test.ts': 'tells of each call and each refusal' },
    },
  ],
  'pain-24': [
    {
      defect: 'a name in the headers need not be that of the body',
      file: 'services/proxy/src/domain/inspection.ts',
      find: "decoded(headers.name) === message.name ? undefined : 'header_mismatch'",
      replace: 'decoded(headers.name) === message.name ? undefined : undefined',
      tests: {
        'services/proxy/src/domain/inspection.test.ts': 'is -32020 with its id where the headers say %s (T3, T4)',
      },
    },
    {
      defect: 'a request of the older eras is judged by headers as well',
      file: 'services/proxy/src/domain/inspection.ts',
      find: 'if (!isModern(version) && !isModern(stated)) return undefined',
      replace: '',
      tests: { 'services/proxy/src/domain/inspection.test.ts': '' },
    },
  ],
  'pain-25': [
    {
      defect: 'a changed file is read at the next start',
      file: 'libs/service/src/reload.ts',
      find: 'const settled = now !== this.#read && now === this.#candidate',
      replace: 'const settled = now !== this.#read && now !== now',
    },
    {
      defect: 'a file that is wrong stops the process',
      file: 'libs/service/src/reload.ts',
      find: 'if (!(error instanceof Misconfigured)) throw error',
      replace: 'if (error) throw error',
      tests: { 'libs/service/src/reload.test.ts': '' },
    },
    {
      defect: 'a reload ends the streams that are open',
      file: 'services/proxy/src/app.ts',
      find: '    current.origins = createOrigins(next)\n',
      replace: '    current.origins = createOrigins(next)\n    current.config = { ...next, mcp_services: {} }\n',
      tests: { 'services/proxy/src/reload.test.ts': '' },
    },
  ],
  'pain-23': [
    {
      defect: 'doctor finds nothing wrong with anything',
      file: 'services/gateway/src/doctor/finding.ts',
      find: 'checks.filter(([holds]) => !holds)',
      replace: 'checks.filter(() => false)',
      tests: { 'services/gateway/src/doctor/doctor.servers.test.ts': '' },
    },
    {
      defect: 'doctor finds something wrong with what is right',
      file: 'services/gateway/src/doctor/finding.ts',
      find: 'checks.filter(([holds]) => !holds)',
      replace: 'checks.filter(([holds]) => holds)',
    },
  ],
}
