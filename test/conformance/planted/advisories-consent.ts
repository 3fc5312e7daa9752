/** The holes of peer systems, opened here: consent, requests, what is fetched and shown. */
import type { Planted } from './defect.ts'

const KEPT_IN_THE_BROWSER = `  reply.setCookie(name, login.sealed, { ...attributes(context), maxAge: ENVELOPE_SECONDS })
  return true
}

/**
 * The sealed login of \`state\`, removed from the browser: its callback is called once, and in no other browser (RFC 6749
 * §10.12, RFC 9700 §4.7).
 */
export function takeLogin(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  state: string,
): string | undefined {
  const name = \`\${loginPrefix(context)}\${state}\`
  const sealed = ID.test(state) ? request.cookies[name] : undefined
`
const KEPT_FOR_ANYBODY = KEPT_IN_THE_BROWSER.replace(
  '  return true\n}\n',
  '  ANYBODYS.set(name, login.sealed)\n  return true\n}\nconst ANYBODYS = new Map<string, string>()\n',
).replace('request.cookies[name]', '(request.cookies[name] ?? ANYBODYS.get(name))')

export const ADVISORIES_OF_CONSENT: Planted = {
  'advisory: consent skipped by shared upstream client': [
    {
      defect: 'a session at the gateway is consent to any client',
      file: 'services/auth-server/src/domain/consent.ts',
      find: "if (!remember || !covers || prompts.includes('consent')) return 'consent_required'",
      replace: '',
      tests: {
        'services/auth-server/src/routes/session.test.ts': 'a remembered consent',
        'services/auth-server/src/domain/consent.test.ts': '',
      },
    },
    {
      defect: 'whoever is signed in gets a code without a page',
      file: 'services/auth-server/src/routes/authorize.ts',
      find: "  if (!remember) return 'consent_required'\n",
      replace: "  if (!remember) return 'stands'\n",
    },
  ],
  "advisory: consent given in attacker's browser": [
    {
      defect: 'a callback counts in any browser',
      file: 'services/auth-server/src/cookies.ts',
      find: KEPT_IN_THE_BROWSER,
      replace: KEPT_FOR_ANYBODY,
    },
  ],
  'advisory: remembered consent ridden': [
    {
      defect: 'a way from another site is as good as any',
      file: 'services/auth-server/src/own-page.ts',
      find: "return request.method === 'GET' && (site === 'same-origin' || site === 'none')",
      replace: "return request.method === 'GET' && site !== 'nowhere'",
      tests: {
        'services/auth-server/src/routes/session.test.ts': 'is not ridden from another site: %j must still ask',
      },
    },
    {
      defect: 'a missing Sec-Fetch-Site counts as our own page',
      file: 'services/auth-server/src/own-page.ts',
      find: "(site === 'same-origin' || site === 'none')",
      replace: "(site === undefined || site === 'same-origin' || site === 'none')",
      tests: {
        'services/auth-server/src/routes/session.test.ts': 'is not ridden from another site: %j must still ask',
      },
    },
    {
      defect: 'who came by another way is not looked at',
      file: 'services/auth-server/src/domain/consent.ts',
      find: "return byOneself && !device ? 'stands' : 'interaction_required'",
      replace: "return (byOneself || !device) ? 'stands' : 'interaction_required'",
      tests: { 'services/auth-server/src/domain/consent.test.ts': 'does not stand (%s) for %s' },
    },
    {
      defect: 'prompt=consent asks nobody',
      file: 'services/auth-server/src/domain/consent.ts',
      find: "|| prompts.includes('consent')) return",
      replace: ') return',
      tests: { 'services/auth-server/src/domain/consent.test.ts': 'does not stand (%s) for %s' },
    },
  ],
  'advisory: token for another resource': [
    {
      defect: 'a resource below another one is that one',
      file: 'services/auth-server/src/domain/catalogue.ts',
      find: 'canonicalResource(resourceOf(issuer, service.id)) === asked)',
      replace: "asked.startsWith(canonicalResource(resourceOf(issuer, service.id)) ?? ' '))",
      tests: { 'services/auth-server/src/domain/catalogue.test.ts': 'finds none by %s' },
    },
    {
      defect: 'an unknown resource is the first service',
      file: 'services/auth-server/src/domain/authorization-request.ts',
      find: '  const service = catalogue.byResource(asked)\n',
      replace: '  const service = catalogue.byResource(asked) ?? catalogue.protected()[0]\n',
      tests: { 'services/auth-server/src/routes/authorize.test.ts': '' },
    },
    {
      defect: 'of several resources one is taken',
      file: 'services/auth-server/src/domain/authorization-request.ts',
      find: "broken: (p) => p.repeated.has('resource') }",
      replace: 'broken: () => false }',
      tests: { 'services/auth-server/src/routes/authorize.test.ts': 'invalid_target for a repeated resource' },
    },
    {
      defect: 'a fragment is cut off',
      file: 'libs/oauth/src/resource.ts',
      find: 'export function canonicalResource(uri: string): string | undefined {\n',
      replace:
        "export function canonicalResource(text: string): string | undefined {\n  const uri = text.replace(/#.*$/, '')\n",
      tests: { 'services/auth-server/src/domain/catalogue.test.ts': 'finds none by %s' },
    },
    {
      defect: 'the proxy takes tokens of other services',
      file: 'services/proxy/src/token/verify.ts',
      find: "  // Exactly this resource: a prefix or a sibling is another one (pain-6, RFC 9068 §4).\n  if (claims.aud !== served.resource) return 'token_audience'\n",
      replace: '',
      tests: {
        'services/proxy/src/token/verify.test.ts': 'with %s is refused',
        'services/proxy/src/authorization.test.ts': 'is 401 invalid_token',
      },
    },
    {
      defect: 'the proxy takes tokens of a resource that begins like its own',
      file: 'services/proxy/src/token/verify.ts',
      find: "(pain-6, RFC 9068 §4).\n  if (claims.aud !== served.resource) return 'token_audience'\n",
      replace: "(pain-6, RFC 9068 §4).\n  if (!claims.aud.startsWith(served.resource)) return 'token_audience'\n",
      tests: {
        'services/proxy/src/token/verify.test.ts': 'with %s is refused',
        'services/proxy/src/authorization.test.ts': 'is 401 invalid_token',
      },
    },
  ],
  'advisory: consent page HTML injection': [
    {
      defect: 'texts of others are markup',
      file: 'services/auth-server/src/pages/pages.ts',
      find: 'new Eta({ views: folder, cache: true })',
      replace: 'new Eta({ views: folder, cache: true, autoEscape: false })',
    },
    {
      defect: 'a name may reverse the text around it',
      file: 'libs/oauth/src/client-metadata.ts',
      find: "text.toWellFormed().replaceAll(DECEPTIVE, ' ').trim()",
      replace: 'text.toWellFormed().trim()',
      tests: { 'libs/oauth/src/client-metadata.test.ts': '' },
    },
    {
      defect: 'the form works for any browser',
      file: 'services/auth-server/src/cookies.ts',
      find: '  const id = newId()\n',
      replace: "  const id = 'A'.repeat(22)\n",
      tests: { 'services/auth-server/src/routes/consent.test.ts': 'in another browser, without a browser, changed' },
    },
    {
      defect: 'a form may come from another site',
      file: 'services/auth-server/src/own-page.ts',
      find: "if (!own) throw new Refusal('cross_site')",
      replace: '',
      tests: { 'services/auth-server/src/routes/consent.test.ts': 'from another site, as %j says' },
    },
    {
      defect: 'cookies of logins grow without bound',
      file: 'services/auth-server/src/cookies.ts',
      find: 'if (index >= LOGINS_MAX - 1 || room < 0)',
      replace: 'if (index < 0)',
    },
  ],
  'advisory: SSRF via metadata fetch': [
    {
      defect: 'IPv6 is public, whatever it leads to',
      file: 'services/registry/src/undici/public-address.ts',
      find: "return rangeProblem(parsed.range()) ?? (parsed.match(GLOBAL_UNICAST) ? undefined : 'outside of global unicast')",
      replace: "return parsed.match(GLOBAL_UNICAST) || parsed.range() === 'unicast' ? undefined : parsed.range()",
      tests: { 'services/registry/src/undici/public-address.test.ts': '' },
    },
    {
      defect: 'loopback and private ranges of IPv4 are allowed',
      file: 'services/registry/src/undici/public-address.ts',
      find: 'if (ipaddr.IPv4.isValidFourPartDecimal(address)) return rangeProblem(ipaddr.IPv4.parse(address).range())',
      replace: 'if (ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined',
      tests: { 'services/registry/src/undici/public-address.test.ts': '' },
    },
    {
      defect: 'only the first of several addresses is checked',
      file: 'services/registry/src/undici/pinned-connector.ts',
      find: 'addresses.find((address) => addressProblem(address) !== undefined)',
      replace: 'addresses.slice(0, 1).find((address) => addressProblem(address) !== undefined)',
      tests: { 'services/registry/src/undici/guarded-fetch.test.ts': '' },
    },
    {
      defect: 'what is connected to is looked up anew after the check',
      file: 'services/registry/src/undici/pinned-connector.ts',
      find: 'return await connectOnce({ ...options, hostname: address,',
      replace: 'return await connectOnce({ ...options, hostname: (await resolve(host))[0] ?? address,',
      tests: {
        'services/registry/src/undici/guarded-fetch.test.ts':
          'connects to what was checked (advisory: SSRF, rebinding)',
      },
    },
  ],
  'advisory: sign-in page leaves the old session': [
    {
      defect: 'the session before lives on',
      file: 'services/auth-server/src/signed-in.ts',
      find: 'if (old) await context.sessions.end(old.sub, old.key)',
      replace: '',
    },
  ],
  'advisory: error text reflected': [
    {
      defect: 'a page shows what the provider wrote into the query',
      file: 'services/auth-server/src/routes/answers.ts',
      find: 'const html = pages.problem({ code, requestId: request.id, contact, ...ways })',
      replace: 'const html = pages.problem({ code, requestId: `${request.id} ${request.url}`, contact, ...ways })',
    },
  ],
  'advisory: PKCE downgrade': [
    {
      defect: 'the method may be missing or another',
      file: 'services/auth-server/src/domain/authorization-request.ts',
      find: "broken: (p) => p.get('code_challenge_method') !== 'S256' }",
      replace: "broken: (p) => p.get('code_challenge_method') === 'plain' }",
      tests: { 'services/auth-server/src/domain/authorization-request.test.ts': 'is refused as %s for %j' },
    },
    {
      defect: 'a challenge that equals its verifier is plain and good',
      file: 'libs/oauth/src/pkce.ts',
      find: '  if (!isCodeVerifier(verifier) || !isS256Challenge(challenge)) return false\n',
      replace:
        '  if (!isCodeVerifier(verifier) || !isS256Challenge(challenge)) return false\n  if (verifier === challenge) return true\n',
    },
    {
      defect: 'a code may be redeemed without a verifier',
      file: 'services/auth-server/src/domain/authorization.ts',
      find: 'fails: ({ grant }, shown) => !verifyS256(shown.code_verifier, grant.code_challenge),',
      replace:
        "fails: ({ grant }, shown) => shown.code_verifier !== '' && !verifyS256(shown.code_verifier, grant.code_challenge),",
      tests: { 'services/auth-server/src/domain/authorization.test.ts': 'is refused as %s for %j' },
    },
    {
      defect: 'a token request without a verifier is let through',
      file: 'services/auth-server/src/grants/authorization-code.ts',
      find: "required(parameters, 'code_verifier')",
      replace: "parameters.get('code_verifier') ?? ''",
      tests: { 'services/auth-server/src/routes/token.test.ts': '%s for %j, and nothing is spent' },
    },
  ],
  'advisory: redirect URI not checked': [
    {
      defect: 'every scheme is allowed that is not on a list of bad ones',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: '  if (!PRIVATE_USE_SCHEMES.has(scheme) && !REVERSE_DOMAIN.test(scheme) && !schemes.includes(scheme))\n',
      replace: "  if (['javascript', 'data', 'vbscript'].includes(scheme) && !schemes.includes(scheme))\n",
      tests: { 'libs/oauth/src/redirect-uri.test.ts': '' },
    },
    {
      defect: 'control characters and spaces are let through',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: 'if (!URI_CHARACTERS.test(uri)) return',
      replace: "if (uri.includes('#')) return",
      tests: { 'libs/oauth/src/redirect-uri.test.ts': '' },
    },
    {
      defect: 'a redirect URI that begins like a registered one is good',
      file: 'libs/oauth/src/redirect-uri.ts',
      find: 'if (registered.includes(requested)) return true',
      replace: 'if (registered.some((uri) => requested.startsWith(uri))) return true',
      tests: {
        'libs/oauth/src/redirect-uri.test.ts': '',
        'services/auth-server/src/domain/authorization-request.test.ts': '',
      },
    },
  ],
}
