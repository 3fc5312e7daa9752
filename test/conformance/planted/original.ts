/** The defects of the predecessor, planted again: clients, codes, tokens, configuration. */
import type { Planted } from './defect.ts'

export const ORIGINAL: Planted = {
  'original-1': [
    {
      defect: 'two registrations that are alike become one client',
      file: 'services/registry/src/handlers/register-client.ts',
      find: 'client_id: newId(),',
      replace: "client_id: Buffer.from(JSON.stringify(metadata)).toString('base64url').slice(0, 22),",
    },
  ],
  'original-2': [
    {
      defect: 'a request without a challenge gets a code',
      file: 'services/auth-server/src/domain/authorization-request.ts',
      find: 'RULES.find((rule) => rule.broken(parameters))',
      replace: "RULES.find((rule) => !rule.refusal.startsWith('challenge') && rule.broken(parameters))",
      tests: { 'services/auth-server/src/domain/authorization-request.test.ts': 'is refused as %s for %j' },
    },
    {
      defect: 'any verifier redeems a code',
      file: 'services/auth-server/src/domain/authorization.ts',
      find: 'fails: ({ grant }, shown) => !verifyS256(shown.code_verifier, grant.code_challenge),',
      replace: 'fails: () => false,',
      tests: { 'services/auth-server/src/domain/authorization.test.ts': 'is refused as %s for %j' },
    },
  ],
  'original-3': [
    {
      defect: 'a public client is asked for a secret',
      file: 'services/registry/src/handlers/authenticate-client.ts',
      find: "if (method !== 'none' && !others.includes('none')) throw failed('proof_missing')",
      replace: "throw failed('proof_missing')",
      tests: { 'services/registry/src/handlers/authenticate-client.test.ts': 'takes a public client by its id alone' },
    },
    {
      defect: 'a refresh token never rotates',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: 'generation: generation + 1, superseded_until',
      replace: 'generation, superseded_until',
    },
  ],
  'original-4': [
    {
      defect: 'a refresh mints for whatever resource is asked for',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: 'if (command.resource !== undefined && canonicalResource(command.resource) !== state.resource) {',
      replace: 'if (command.resource === null) {',
    },
  ],
  'original-5': [
    {
      defect: 'a token that was verified once is good until it expires',
      file: 'services/proxy/src/token/verify.ts',
      find: "if (deps.keyOf(key.kid) !== key) return 'token_key_unknown'\n  return deps.revocations.concerns(claims, served.service.id) ? 'token_revoked' : undefined",
      replace: "if (deps.keyOf(key.kid) !== key) return 'token_key_unknown'\n  return undefined",
    },
    {
      defect: 'the revocation of an access token reaches nobody',
      file: 'services/token-issuer/src/handlers/revoke-token.ts',
      find: 'if (claims?.client_id === client_id) await publishRevokedToken(bus, claims, now)',
      replace: 'if (claims?.client_id === client_id) await Promise.resolve(bus)',
      tests: { 'services/token-issuer/src/handlers/revoke-token.test.ts': '' },
    },
  ],
  'original-6': [
    {
      defect: 'whoever loses the race for a code gets tokens as well',
      file: 'services/token-issuer/src/domain/token-family.ts',
      find: "return state.status === 'active' ? [{ type: 'FamilyRevoked', reason: 'code_replayed', at: command.at }] : []",
      replace: 'return []',
    },
  ],
  'original-7': [
    {
      defect: 'whoever is sent here goes on to the provider at once',
      file: 'services/auth-server/src/routes/authorize.ts',
      find: 'return showConsent(context, request, reply, { asked, envelope, account })',
      replace: "return (await import('../begin-login.ts')).sendToProvider(context, request, reply, asked)",
    },
  ],
  'original-8': [
    {
      defect: 'errors are redirected to a redirect URI that nobody registered',
      file: 'services/auth-server/src/domain/authorization-request.ts',
      find: "if (!matchRedirectUri(metadata.redirect_uris, asked)) throw new Refusal('redirect_uri_unregistered')",
      replace: '',
    },
  ],
  'original-9': [
    {
      defect: 'a callback that is loaded again gives a second code',
      file: 'services/auth-server/src/routes/callback.ts',
      find: 'id: authorizationIdOf(state), asked',
      replace: 'id: authorizationIdOf(`${state} ${Math.random()}`), asked',
      tests: {
        'services/auth-server/src/routes/callback.test.ts':
          'one code even if the provider-bridge lets a login pass twice',
      },
    },
    {
      defect: 'a login is kept in the browser after its callback',
      file: 'services/auth-server/src/cookies.ts',
      find: 'if (sealed !== undefined) reply.clearCookie(name, attributes(context))',
      replace: '',
      tests: { 'services/auth-server/src/routes/callback.test.ts': '' },
    },
    {
      defect: 'a login that is over can be finished again',
      file: 'services/provider-bridge/src/domain/login.ts',
      find: "if (!open) throw new Refusal('login_repeated')",
      replace: '',
    },
  ],
  'original-13': [
    {
      defect: 'a refresh mints without the profile',
      file: 'services/token-issuer/src/handlers/refresh-token.ts',
      find: 'generation: current.generation, profile,',
      replace:
        'generation: current.generation, profile: { sub: profile.sub, id: profile.id, provider: profile.provider },',
    },
    {
      defect: 'profiles are forgotten after an hour',
      file: 'services/provider-bridge/src/app.ts',
      find: 'const ttlMs = (config.tokens.refresh_max_seconds + SLACK_SECONDS) * 1000',
      replace: 'const ttlMs = (3_600 + 0 * SLACK_SECONDS) * 1000',
    },
  ],
  'original-14': [
    {
      defect: 'an endpoint is advertised that does not exist',
      file: 'libs/oauth/src/server-metadata.ts',
      find: '    jwks_uri: `${issuer}/.well-known/jwks.json`,',
      replace:
        '    jwks_uri: `${issuer}/.well-known/jwks.json`,\n    device_authorization_endpoint: `${issuer}/oauth/device`,',
    },
    {
      defect: 'the key set is advertised where it is not',
      file: 'libs/oauth/src/server-metadata.ts',
      find: '${issuer}/.well-known/jwks.json',
      replace: '${issuer}/.well-known/keys.json',
    },
  ],
  'original-16': [
    {
      defect: 'invalid_client is a 400',
      file: 'services/auth-server/src/refusals.ts',
      find: 'const invalidClient = { status: 401,',
      replace: 'const invalidClient = { status: 400,',
    },
    {
      defect: 'token errors are wrapped',
      file: 'libs/service/src/http.ts',
      find: '.send({ error: answer.error, error_description: answer.description })',
      replace: '.send({ detail: { error: answer.error, error_description: answer.description } })',
    },
  ],
  'original-25': [
    {
      defect: 'a value can inject YAML',
      file: 'libs/config/src/load.ts',
      find: 'parseConfig(found.text, found.path)',
      replace:
        'parseConfig(found.text.replace(/\\$\\{([A-Z_]+)\\}/g, (whole, name: string) => input.env[name] ?? whole), found.path)',
    },
    {
      defect: 'a variable of a section that is not in use stops the start',
      file: 'libs/config/src/load.ts',
      find: "if (type !== 'redis' && type !== 'vault') return common",
      replace:
        "if (type !== 'redis' && type !== 'vault') {\n    replace({ redis, vault }, ['storage'])\n    return common\n  }",
      tests: { 'libs/config/src/load.test.ts': '' },
    },
    {
      defect: 'a quoted boolean is true, whatever it says',
      file: 'libs/config/src/normalise.ts',
      find: 'return Object.hasOwn(BOOLEANS, known) ? BOOLEANS[known] : value',
      replace: 'return Boolean(known || value)',
      tests: { 'libs/config/src/load.test.ts': '' },
    },
    {
      defect: 'a file that is missing is written',
      file: 'libs/config/src/lookup.ts',
      find: "    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined",
      replace:
        "    if (code === 'ENOENT') process.getBuiltinModule('node:fs').writeFileSync(path, '')\n    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined",
    },
  ],
  'original-26': [
    {
      defect: 'memory takes the place of a store that is unknown',
      file: 'libs/store/src/open.ts',
      find: '      return vaultStore(storage.vault, listeners)\n    }\n    default:\n      throw unknownType(storage.type)',
      replace: '      return vaultStore(storage.vault, listeners)\n    }\n    default:\n      return memoryStore()',
      tests: { 'libs/store/src/open.test.ts': 'is a misconfiguration when nobody knows it' },
    },
    {
      defect: 'memory takes the place of a store that is down',
      file: 'libs/store/src/open.ts',
      find: 'return namespaced(await redisStore(storage.redis ?? REDIS_DEFAULTS), NAMESPACE)',
      replace:
        'const opened = await redisStore(storage.redis ?? REDIS_DEFAULTS)\n      return opened.ping().then(() => namespaced(opened, NAMESPACE), memoryStore)',
    },
    {
      defect: 'credentials stand in the log',
      file: 'libs/service/src/log.ts',
      find: "  'authorization',\n",
      replace: '',
    },
  ],
  'original-27': [
    {
      defect: 'each registration is compared with all others',
      file: 'services/registry/src/handlers/register-client.ts',
      find: '    const at = deps.clock()\n',
      replace:
        "    const at = deps.clock()\n    const others = await deps.bus.project({ stream: 'EVT_REGISTRATIONS', subject: 'evt.registry.registration.*' }, { reset: () => {}, apply: () => {} })\n    await others.caughtUp\n    await others.stop()\n",
    },
  ],
  'original-29': [
    {
      defect: '--debug makes --config be ignored',
      file: 'libs/config/src/load.ts',
      find: 'flag: input.flags?.config }',
      replace: 'flag: input.flags?.debug ? undefined : input.flags?.config }',
      tests: { 'libs/config/src/variables.test.ts': '', 'libs/config/src/lookup.test.ts': '' },
    },
  ],
}
