import { describe, expect, it } from 'vitest'
import { GOOD_SECRET, loadText, MINIMAL, problemsOf } from './fixture.ts'

const withIssuer = (issuer: string, secret = GOOD_SECRET) =>
  MINIMAL.replace('https://gateway.example.com', issuer).replace(GOOD_SECRET, secret)
const PROVIDER = 'oauth_providers: { google: { client_id: id, client_secret: s } }'
const services = (yaml: string, providers = PROVIDER) =>
  `issuer: https://g.example\nsession_secret: ${GOOD_SECRET}\n${providers}\nmcp_services:\n${yaml}`

describe('issuer', () => {
  it.each([
    ['https://gateway.example.com/', 'https://gateway.example.com'],
    ['https://Gateway.Example.com:443', 'https://gateway.example.com'],
    ['https://gateway.example.com:8443', 'https://gateway.example.com:8443'],
    ['http://localhost:8080/', 'http://localhost:8080'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('%s is %s', (given, issuer) => {
    expect(loadText(withIssuer(`"${given}"`)).config.issuer).toBe(issuer)
  })

  it.each([
    ['http://gateway.example.com', 'must be https'],
    ['http://localhost.evil.example', 'must be https'],
    ['http://127.0.0.1.evil.example', 'must be https'],
    ['https://gateway.example.com/path', 'without path'],
    ['https://gateway.example.com?a=1', 'without path'],
    ['https://gateway.example.com#', 'without path'],
    ['https://user:pw@gateway.example.com', 'must not hold credentials'],
    ['gateway.example.com', 'is no URL'],
    ['javascript:alert(1)', 'must begin with https'],
  ])('%s is a problem: %s', (issuer, problem) => {
    expect(problemsOf(withIssuer(`"${issuer}"`))).toEqual([expect.stringMatching(new RegExp(`: issuer: .*${problem}`))])
  })
})

describe('session_secret', () => {
  const weak = [
    'your-dev-secret-change-in-production',
    'production-secret-key',
    'tiny',
    'a'.repeat(64),
    'abcabcabcabcabcabcabcabcabcabcabcabc',
    // Random, and a character too short.
    'kJ8Qy0sVnW1b3cXz7fRr2mHt5pLd9gU',
  ]

  it.each(weak)('advisory: weak or default JWT secret: %s is refused on a public issuer', (secret) => {
    const [problem, ...others] = problemsOf(withIssuer('https://gateway.example.com', secret))
    expect(problem).toMatch(/session_secret: is too weak.*openssl rand -base64 48/)
    expect(problem).not.toContain(secret)
    expect(others).toEqual([])
  })

  it.each(weak)('%s starts on loopback, with a loud warning', (secret) => {
    const { warnings } = loadText(withIssuer('http://localhost:8080', secret))
    expect(warnings).toEqual([expect.stringMatching(/session_secret is WEAK .*openssl rand/)])
    expect(warnings.join()).not.toContain(secret)
  })

  it.each([
    ['openssl rand -hex 16', '9f86d081884c7d659a2feaa0c55ad015'],
    ['openssl rand -base64 48', 'kJ8Qy0sVnW1b3cXz7fRr2mHt5pLd9gUaEoTiYwNhBqCxKvSj4AeGuMZlPyFDOI6R'],
  ])('what %s makes is good', (_, secret) => {
    expect(loadText(withIssuer('https://gateway.example.com', secret)).warnings).toEqual([])
  })

  it('is judged like the sealing keys that replace it as the root', () => {
    const yaml = `${MINIMAL}\nstorage: { sealing_keys: { active: new, keys: { new: ${GOOD_SECRET}, old: changeme } } }\n`
    expect(problemsOf(yaml)).toEqual([expect.stringContaining('storage.sealing_keys.keys.old: is too weak')])
  })

  it('is the only kind of secret that is judged: passwords of other servers are not', () => {
    const yaml = `${MINIMAL}\nstorage: { type: redis, redis: { password: pw } }\n`
    expect(loadText(yaml).config.storage.redis?.password?.open()).toBe('pw')
  })
})

describe('service ids', () => {
  it.each(['a', 'Calculator', '0', 'a.b-c_d', 'x'.repeat(64)])('%s is one', (id) => {
    expect(problemsOf(services(`  "${id}": { name: n, url: "http://b" }`))).toEqual([])
  })

  it.each(['', '-a', '.well-known', 'a/b', 'a b', 'é', 'x'.repeat(65), '..'])('%s is none', (id) => {
    expect(problemsOf(services(`  "${id}": { name: n, url: "http://b" }`))).toEqual([
      expect.stringContaining('a service id is 1 to 64 letters'),
    ])
  })

  it.each([
    'oauth',
    'account',
    'services',
    'schemas',
    'health',
    'ready',
    'metrics',
    'authorize',
    'token',
    'register',
    'OAuth',
  ])('%s is reserved', (id) => {
    expect(problemsOf(services(`  ${id}: { name: n, url: "http://b" }`))).toEqual([
      expect.stringContaining('this id is reserved'),
    ])
  })
})

describe('the provider', () => {
  const protectedService = '  calculator: { name: n, url: "http://b" }'

  it('is one: two are an error with number, names and reason', () => {
    const two = 'oauth_providers: { google: { client_id: "${A}" }, github: { client_id: "${B}" } }'
    expect(problemsOf(services(protectedService, two))).toEqual([
      expect.stringMatching(/oauth_providers: there are 2 \(google, github\), but only one can be: .+/),
    ])
  })

  it('is needed by a protected service', () => {
    expect(problemsOf(services(protectedService, ''))).toEqual([
      expect.stringContaining('mcp_services.calculator: needs a sign-in, but oauth_providers is empty'),
    ])
  })

  it('is not needed by a gateway of public services alone', () => {
    expect(problemsOf(services('  calculator: { name: n, url: "http://b", auth_required: false }', ''))).toEqual([])
  })

  it('is the one that a service names', () => {
    expect(problemsOf(services('  calculator: { name: n, url: "http://b", oauth_provider: okta }'))).toEqual([
      expect.stringContaining('oauth_provider: names "okta", but the provider configured is google'),
    ])
  })

  it.each([
    ['{ okta: { client_id: a } }', 'needs domain (or OKTA_DOMAIN)'],
    [
      '{ mine: { client_id: a, authorization_url: "https://i/a" } }',
      'needs issuer, or authorization_url and token_url',
    ],
    ['{ mine: { client_id: a, issuer: "http://idp.example.com" } }', 'must be https beyond this machine'],
    ['{ mine: { client_id: a, issuer: "ftp://idp.example.com" } }', 'must begin with http:// or https://'],
    ['{ "a:b": { client_id: a, issuer: "https://i" } }', 'a provider id is'],
    ['{ google: { client_id: a, extra_params: { state: x } } }', 'is decided by the gateway and cannot be replaced'],
    ['{ google: { client_id: a, extra_params: { code_challenge: x } } }', 'cannot be replaced'],
  ])('%s: %s', (providers, problem) => {
    const found = problemsOf(services('  calculator: { name: n, url: "http://b" }', `oauth_providers: ${providers}`))
    expect(found).toEqual([expect.stringContaining(problem)])
  })

  it.each([
    '{ okta: { client_id: a, domain: dev-123.okta.com } }',
    '{ okta: { client_id: a, authorization_url: "https://o/a", token_url: "https://o/t", userinfo_url: "https://o/u" } }',
    '{ mine: { client_id: a, issuer: "https://idp.example.com" } }',
    '{ mine: { client_id: a, issuer: "http://localhost:8081" } }',
    '{ mine: { client_id: a, issuer: "http://idp:8081", allow_insecure: "true" } }',
    '{ google: { client_id: a, extra_params: { hd: example.com, prompt: consent } } }',
  ])('%s starts', (providers) => {
    expect(problemsOf(services('  calculator: { name: n, url: "http://b" }', `oauth_providers: ${providers}`))).toEqual(
      [],
    )
  })
})

describe('what is dangerous or without effect is said', () => {
  it('original-17: "*" never goes with credentials, whatever allow_credentials says: one warning', () => {
    const { warnings } = loadText(`${MINIMAL}\ncors: { allow_origins: ["*"], allow_credentials: true }\n`)
    expect(warnings).toEqual([expect.stringContaining('cors.allow_credentials has no effect for the origin "*"')])
  })

  it.each(['https://a.example/path', 'a.example', 'https://*.example.com', 'null'])('%s is no origin', (origin) => {
    expect(problemsOf(`${MINIMAL}\ncors: { allow_origins: ["${origin}"] }\n`)).toEqual([
      expect.stringContaining('cors.allow_origins[0]: must be "*" or an origin'),
    ])
  })

  it('names the headers that backends lose with narrowed profile claims', () => {
    const { warnings } = loadText(`${MINIMAL}\ntokens: { profile_claims: [email] }\n`)
    expect(warnings).toEqual([expect.stringContaining('x-user-name, x-user-avatar, x-user-provider')])
  })

  it('takes every key of the predecessor’s Redis section, and says which has no meaning here', () => {
    const yaml = `${MINIMAL}
cors: { expose_headers: [X-Thing] }
storage:
  type: redis
  redis:
    { db: 2, ssl_cert_reqs: none, ssl_ca_certs: /ca.pem, socket_timeout: 5, socket_connect_timeout: "2.5", retry_on_timeout: true, health_check_interval: 30 }
`
    const { config, warnings } = loadText(yaml)
    expect(config.cors?.expose_headers).toEqual(['X-Thing'])
    expect(config.storage.redis).toMatchObject({
      db: 2,
      ssl_cert_reqs: 'none',
      ssl_ca_certs: '/ca.pem',
      socket_timeout: 5,
      socket_connect_timeout: 2.5,
      health_check_interval: 30,
    })
    expect(warnings).toEqual(['storage.redis.retry_on_timeout has no meaning here: a command is never sent twice'])
  })

  it('takes sentinels, or a cluster', () => {
    const redis = (section: string) => `${MINIMAL}\nstorage: { type: redis, redis: ${section} }\n`
    expect(problemsOf(redis('{ sentinel: { name: main, nodes: ["s-1:26379", "[::1]:26379", s-3] } }'))).toEqual([])
    expect(problemsOf(redis('{ cluster: { nodes: [] } }'))).toEqual([
      expect.stringContaining('storage.redis.cluster.nodes: must name at least one'),
    ])
    expect(problemsOf(redis('{ cluster: { nodes: ["redis://a"] } }'))).toHaveLength(1)
  })

  it('takes every key of the predecessor’s Vault section', () => {
    const yaml = `${MINIMAL}
storage:
  type: vault
  vault: { namespace: n, verify_ssl: "false", timeout: 3, role_id: r, secret_id: s, role: k, jwt_path: /t, auth_method: approle }
`
    expect(loadText(yaml).config.storage.vault).toMatchObject({
      namespace: 'n',
      verify_ssl: false,
      timeout: 3,
      role: 'k',
    })
  })

  it('says that there is nothing to forward to', () => {
    const { warnings } = loadText(`issuer: https://g.example\nsession_secret: ${GOOD_SECRET}\n`)
    expect(warnings).toEqual(['mcp_services is empty: there is nothing to forward to'])
  })
})

describe('other values', () => {
  it('takes addresses and ranges as trusted proxies, and nothing else', () => {
    const list = (...items: string[]) =>
      `${MINIMAL}\ntrusted_proxies: [${items.map((item) => `"${item}"`).join(', ')}]\n`
    expect(problemsOf(list('10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1'))).toEqual([])
    expect(problemsOf(list('10.0.0.0/33', 'loadbalancer', '10.0.0.0/8/8', '*'))).toHaveLength(4)
  })

  it('takes hosts with or without port as allowed hosts, in lower case', () => {
    const yaml = `${MINIMAL}\nallowed_hosts: ["Gateway.internal", "gw:8080", "[::1]:80"]\n`
    expect(loadText(yaml).config.allowed_hosts).toEqual(['gateway.internal', 'gw:8080', '[::1]:80'])
    expect(problemsOf(`${MINIMAL}\nallowed_hosts: ["https://gw"]\n`)).toHaveLength(1)
  })

  it('keeps a refresh token from outliving its family', () => {
    expect(problemsOf(`${MINIMAL}\ntokens: { refresh_max_seconds: 60 }\n`)).toEqual([
      expect.stringContaining('tokens.refresh_ttl_seconds: is longer than refresh_max_seconds (60)'),
    ])
  })

  it('publishes a signing key ahead for less time than one signs, and takes asymmetric algorithms alone', () => {
    const keys = (text: string) => problemsOf(`${MINIMAL}\nkeys: { ${text} }\n`)
    expect(keys('algorithm: EdDSA, rotation_days: 1, publish_ahead_hours: 23')).toEqual([])
    expect(keys('rotation_days: 1')).toEqual([
      expect.stringContaining('keys.publish_ahead_hours: must be less than rotation_days: at most 23 hours'),
    ])
    expect(keys('algorithm: HS256')).toEqual([expect.stringContaining('keys.algorithm: must be one of')])
    expect(keys('algorithm: none')).toHaveLength(1)
  })

  it('takes a key id only as tokens can carry it, and an active key only among the keys', () => {
    const keys = (active: string, id: string) =>
      `${MINIMAL}\nstorage: { sealing_keys: { active: "${active}", keys: { "${id}": ${GOOD_SECRET} } } }\n`
    expect(problemsOf(keys('k1', 'k1'))).toEqual([])
    expect(problemsOf(keys('k2', 'k1'))).toEqual([expect.stringContaining('must be the id of one of the keys')])
    expect(problemsOf(keys('a.b', 'a.b'))[0]).toContain('letters, digits, _ or -')
  })

  it.each(['nats:4222', 'http://nats:4222', 'nats://user:pw@nats:4222'])('%s is no address of NATS', (url) => {
    const [problem] = problemsOf(`${MINIMAL}\nnats: { url: "${url}" }\n`)
    expect(problem).toContain('nats.url: must be nats://host:4222')
    expect(problem).not.toContain('pw')
  })
})

describe('a client id', () => {
  const problems = (id: string) => {
    const client = `clients: { "${id}": { redirect_uris: [https://chat.example.com/callback] } }\n`
    return problemsOf(client + services('  calc: { name: C, url: "http://c/mcp" }'))
  }

  it.each(['google:1234', 'google:', 'google:a:b'])(
    'may not look like a user of the provider (RFC 9068 §5): %s',
    (id) => {
      expect(problems(id)).toEqual([expect.stringContaining('begins with "google:"')])
    },
  )

  it.each(['google', 'google-chat', 'github:1234', 'my-google:1', 'Google:1', 'https://google:443/x'])(
    'may be anything else: %s',
    (id) => {
      expect(problems(id)).toEqual([])
    },
  )
})
