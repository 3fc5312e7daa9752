import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { GOOD_SECRET, loadText, MINIMAL, problemsOf } from './fixture.ts'

describe('substitution', () => {
  const named = (name: string, env: Record<string, string> = {}) =>
    loadText(MINIMAL.replace('name: Calculator', `name: ${name}`), env).config.mcp_services.calculator?.name

  it('replaces ${VAR} and ${VAR:-default}, inside a longer text as well', () => {
    expect(named('"${WHO}"', { WHO: 'Ada' })).toBe('Ada')
    expect(named('"the ${WHO} of ${WHERE:-nowhere}!"', { WHO: 'queen' })).toBe('the queen of nowhere!')
    expect(named('"${WHO:-a:-b}"')).toBe('a:-b')
  })

  it('takes set but empty for the empty text', () => {
    expect(named('"x${WHO:-default}"', { WHO: '' })).toBe('x')
  })

  it('names variable and path when one is unset and has no default', () => {
    expect(problemsOf(MINIMAL.replace('name: Calculator', 'name: "${WHO}"'))).toEqual([
      '/work/config.yaml:5: mcp_services.calculator.name: the environment variable WHO is not set; set it, or write ${WHO:-default}',
    ])
  })

  it('calls what only looks like a reference a problem, without repeating it', () => {
    const [problem] = problemsOf(MINIMAL.replace('name: Calculator', 'name: "${pass word}"'))
    expect(problem).toContain('mcp_services.calculator.name: holds a reference that is none')
    expect(problem).not.toContain('pass word')
  })

  it('original-25: does not look into comments and unused sections', () => {
    const yaml = `${MINIMAL}
# \${IN_A_COMMENT}
storage:
  type: memory
  redis: { host: "\${UNUSED_HOST}", port: "\${UNUSED_PORT}" }
  vault: { token: "\${UNUSED_TOKEN}" }
`
    expect(problemsOf(yaml)).toEqual([])
  })

  it('original-25: cannot inject YAML through a value', () => {
    expect(named('"${WHO}"', { WHO: 'x\nissuer: https://evil.example' })).toBe('x\nissuer: https://evil.example')
    const unquoted = MINIMAL.replace('name: Calculator', 'name: x').replace(GOOD_SECRET, '${S}')
    expect(loadText(unquoted, { S: `{ a: [ #${GOOD_SECRET}` }).config.session_secret.open()).toBe(
      `{ a: [ #${GOOD_SECRET}`,
    )
  })

  it('original-25: reads quoted and substituted booleans and numbers as what they say', () => {
    const yaml = (text: string) => MINIMAL.replace('auth_required: false', `auth_required: ${text}`)
    for (const no of ['"false"', '"no"', 'no', '0', '"0"', 'False', '"${NO}"']) {
      expect(loadText(yaml(no), { NO: 'false' }).config.mcp_services.calculator?.auth_required).toBe(false)
    }
    expect(loadText(`${MINIMAL}\nport: "\${PORT:-9090}"\ndebug: "yes"\n`).config).toMatchObject({
      port: 9090,
      debug: true,
    })
    expect(problemsOf(`${MINIMAL}\ndebug: "on"\n`)).toEqual([
      '/work/config.yaml:7: debug: must be true or false, but is a text of 2 characters',
    ])
  })
})

describe('problems', () => {
  it('are told all at once, with line, path, shape and what would be right', () => {
    const problems = problemsOf(`
issuer: ftp://gateway.example.com
port: 80800
sesion_secret: x
mcp_services:
  calculator: { url: 7, scops: [read], timeout: soon, auth_required: false }
  oauth: { name: O, url: "http://o", scopes: ["a b"], auth_required: false }
tokens: { profile_claims: [email, shoe_size] }
cors: [a]
`)
    expect(problems).toEqual([
      '/work/config.yaml: session_secret: is missing; a secret text is expected',
      '/work/config.yaml:2: issuer: must begin with https://, such as https://gateway.example.com',
      '/work/config.yaml:3: port: must be a whole number from 0 to 65535, but is the number 80800',
      '/work/config.yaml:4: sesion_secret: is no key here; did you mean session_secret?',
      '/work/config.yaml:6: mcp_services.calculator.scops: is no key here; did you mean scopes?',
      '/work/config.yaml:6: mcp_services.calculator.name: is missing; a text is expected',
      '/work/config.yaml:6: mcp_services.calculator.url: must be an http or https URL, but is the number 7',
      '/work/config.yaml:6: mcp_services.calculator.timeout: must be a whole number from 1 to 3600000, but is a text of 4 characters',
      '/work/config.yaml:7: mcp_services.oauth.scopes[0]: a scope is printable ASCII without space, quote or backslash',
      "/work/config.yaml:7: mcp_services.oauth: this id is reserved for the gateway's own routes; so are oauth, account, services, schemas, health, ready, metrics, authorize, token, register",
      '/work/config.yaml:8: tokens.profile_claims[1]: must be one of email, name, picture, provider, but is a text of 9 characters',
      '/work/config.yaml:9: cors: must be a section of keys, but is a list',
    ])
  })

  it('list what there is when no key is near', () => {
    expect(problemsOf(`${MINIMAL}\nshutdown: { wait: 3 }\n`)).toEqual([
      '/work/config.yaml:7: shutdown.wait: is no key here; there are delay_seconds, grace_seconds',
    ])
  })

  it('never show a value, least of all a secret', () => {
    const text = problemsOf(`
issuer: https://gateway.example.com
session_secret: hunter2-hunter2
oauth_providers: { google: { client_id: "", client_secret: 12345678 } }
storage: { type: hunter2, sealing_keys: { active: k, keys: { k: short-hunter2 } } }
`).join('\n')
    expect(text).not.toMatch(/hunter2|12345678/)
    expect(text).toContain('client_secret: must be a secret text, but is a number without quotes')
    expect(text).toContain('session_secret: is too weak')
    expect(text).toContain('storage.sealing_keys.keys.k: is too weak')
    expect(text).toContain('storage.type: must be one of memory, redis, vault')
  })

  it('give the line of every YAML error', () => {
    const problems = problemsOf('a: 1\nb: [1\nc: }\n')
    expect(problems.length).toBeGreaterThan(0)
    for (const problem of problems) expect(problem).toMatch(/^\/work\/config\.yaml:\d+: is no YAML: /)
    expect(problemsOf('a: 1\na: 2\n')).toEqual([expect.stringContaining('Map keys must be unique')])
    expect(problemsOf('- a\n')).toEqual([expect.stringContaining('must hold sections and keys')])
  })

  it('call an empty file what it is: everything required is missing', () => {
    expect(problemsOf('')).toEqual([
      '/work/config.yaml: issuer: is missing; an https origin, or http with a loopback host is expected',
      '/work/config.yaml: session_secret: is missing; a secret text is expected',
    ])
  })
})

describe('a loaded configuration', () => {
  it('has the documented defaults', () => {
    const { config } = loadText(MINIMAL)
    expect(config).toMatchObject({
      host: 'localhost',
      port: 8080,
      debug: false,
      tokens: {
        access_ttl_seconds: 3_600,
        refresh_ttl_seconds: 2_592_000,
        refresh_max_seconds: 31_536_000,
        code_ttl_seconds: 60,
      },
      mcp_services: { calculator: { timeout: 30_000, require_scopes: 'any', scopes: [] } },
      shutdown: { delay_seconds: 5 },
      telemetry: { port: 9464 },
    })
  })

  it('takes a key without a value for an absent one, but an entry without keys for an entry', () => {
    expect(loadText(`${MINIMAL}\ncors:\nport:\n`).config).toEqual(loadText(MINIMAL).config)
    expect(problemsOf(`${MINIMAL}\n  weather:\n`)).toContain(
      '/work/config.yaml:7: mcp_services.weather.url: is missing; an http or https URL is expected',
    )
  })

  it('keeps secrets from being printed', () => {
    const { config } = loadText(MINIMAL)
    expect(JSON.stringify(config) + inspect(config, { depth: 9 })).not.toContain(GOOD_SECRET)
  })

  it('understands anchors and merge keys', () => {
    const yaml = `${MINIMAL.replace('calculator: {', 'calculator: &base {')}\n  weather: { <<: *base, name: Weather }\n`
    expect(loadText(yaml).config.mcp_services.weather).toMatchObject({ name: 'Weather', url: 'http://calculator:3001' })
  })
})
