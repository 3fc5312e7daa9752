import { describe, expect, it } from 'vitest'
import { GOOD_SECRET, load, loadText, MINIMAL, problemsIn, problemsOf } from './fixture.ts'

const file = (text: string) => ({ '/work/config.yaml': text })

describe('precedence', () => {
  const yaml = `${MINIMAL}\nhost: from-file\nport: 1111\ndebug: true\n`

  it('lets MCP_* variables win over the file', () => {
    const { config } = loadText(yaml, { MCP_GATEWAY_HOST: '0.0.0.0', MCP_GATEWAY_PORT: '2222', MCP_DEBUG: 'no' })
    expect(config).toMatchObject({ host: '0.0.0.0', port: 2222, debug: false })
  })

  it('original-29: lets flags win over both, --debug beside --config', () => {
    const loaded = load({
      files: { '/elsewhere.yaml': yaml },
      env: { MCP_GATEWAY_PORT: '2222', MCP_DEBUG: '0' },
      flags: { config: '/elsewhere.yaml', port: '3333', host: '::1', debug: true },
    })
    expect(loaded?.source).toBe('/elsewhere.yaml')
    expect(loaded?.config).toMatchObject({ host: '::1', port: 3333, debug: true })
  })

  it('overrides issuer, secret, data folder, bus, storage and internal port', () => {
    const { config } = loadText(yaml, {
      MCP_ISSUER: 'https://other.example.com/',
      MCP_SESSION_SECRET: `${GOOD_SECRET}2`,
      MCP_DATA_DIR: '/data',
      MCP_NATS_URL: 'nats://nats:4222',
      MCP_STORAGE_TYPE: 'redis',
      MCP_TELEMETRY_HOST: '0.0.0.0',
      MCP_TELEMETRY_PORT: '9999',
    })
    expect(config).toMatchObject({
      issuer: 'https://other.example.com',
      data_dir: '/data',
      nats: { url: 'nats://nats:4222' },
      storage: { type: 'redis', redis: { host: 'localhost', port: 6379, db: 0, max_connections: 20 } },
      telemetry: { host: '0.0.0.0', port: 9999 },
    })
    expect(config.session_secret.open()).toBe(`${GOOD_SECRET}2`)
  })

  it('takes an empty variable for none', () => {
    expect(loadText(yaml, { MCP_GATEWAY_PORT: '', MCP_DEBUG: '' }).config).toMatchObject({ port: 1111, debug: true })
  })

  it('names the variable or flag whose value is wrong', () => {
    expect(problemsOf(yaml, { MCP_GATEWAY_PORT: 'http' })).toEqual([
      'MCP_GATEWAY_PORT: port: must be a whole number from 0 to 65535, but is a text of 4 characters',
    ])
    expect(problemsIn({ files: file(yaml), flags: { port: '70000' } })).toEqual([
      '--port: port: must be a whole number from 0 to 65535, but is the number 70000',
    ])
  })
})

describe('variables that fill absent keys', () => {
  const redis = (section: string) => `${MINIMAL}\nstorage: { type: redis, redis: ${section} }\n`
  const REDIS = { REDIS_HOST: 'cache', REDIS_PORT: '6380', REDIS_PASSWORD: 'pw', REDIS_SSL: 'true' }

  it('fill what the section in use leaves out, and an explicit key wins', () => {
    const { storage } = loadText(redis('{ port: 7000 }'), REDIS).config
    expect(storage.redis).toMatchObject({ host: 'cache', port: 7000, ssl: true })
    expect(storage.redis?.password?.open()).toBe('pw')
  })

  it('fill a section that is not even written', () => {
    expect(loadText(`${MINIMAL}\nstorage: { type: redis }\n`, REDIS).config.storage.redis?.host).toBe('cache')
  })

  it('select no backend and no provider', () => {
    const { config } = loadText(MINIMAL, {
      ...REDIS,
      GOOGLE_CLIENT_ID: 'id',
      VAULT_URL: 'http://vault:8200',
      NATS_NKEY_SEED: 'S',
    })
    expect(config.storage).toEqual({ type: 'memory' })
    expect(config.oauth_providers).toEqual({})
    expect(config.nats).toEqual({ replicas: 1 })
  })

  it('fill the one provider: client id, secret, and the domain of okta', () => {
    const okta = `${MINIMAL}\noauth_providers: { okta: { scopes: [openid] } }\n`
    const { config } = loadText(okta, {
      OKTA_CLIENT_ID: 'id',
      OKTA_CLIENT_SECRET: 's',
      OKTA_DOMAIN: 'dev-123.okta.com',
    })
    expect(config.oauth_providers.okta).toMatchObject({ client_id: 'id', domain: 'dev-123.okta.com' })
    expect(config.oauth_providers.okta?.client_secret?.open()).toBe('s')
  })

  it('fill Vault’s section, with its defaults', () => {
    const yaml = `${MINIMAL}\nstorage: { type: vault }\n`
    const { vault } = loadText(yaml, { VAULT_URL: 'http://vault:8200', VAULT_TOKEN: 't', VAULT_PATH_PREFIX: 'p' })
      .config.storage
    expect(vault).toMatchObject({
      url: 'http://vault:8200',
      mount_point: 'secret',
      path_prefix: 'p',
      auth_method: 'token',
    })
  })

  it('name themselves when their value is wrong', () => {
    expect(problemsOf(redis('{}'), { REDIS_SSL: 'maybe' })).toEqual([
      'REDIS_SSL: storage.redis.ssl: must be true or false, but is a text of 5 characters',
    ])
  })
})

describe('<VAR>_FILE', () => {
  const files = {
    ...file(MINIMAL.replace(GOOD_SECRET, `"\${SESSION}"`)),
    '/run/secrets/session': `${GOOD_SECRET}\n`,
  }

  it('stands for any ${VAR}, and its last line break is no part of it', () => {
    const loaded = load({ files, env: { SESSION_FILE: '/run/secrets/session' } })
    expect(loaded?.config.session_secret.open()).toBe(GOOD_SECRET)
  })

  it('stands for an override, and a given value wins over it', () => {
    const env = { SESSION: 'unused', MCP_SESSION_SECRET_FILE: '/run/secrets/session' }
    expect(load({ files, env })?.config.session_secret.open()).toBe(GOOD_SECRET)
    const given = load({ files, env: { ...env, MCP_SESSION_SECRET: `${GOOD_SECRET}3` } })
    expect(given?.config.session_secret.open()).toBe(`${GOOD_SECRET}3`)
  })

  it('is a problem when the file is missing', () => {
    expect(problemsIn({ files, env: { SESSION_FILE: '/run/secrets/other' } })).toEqual([
      '/work/config.yaml:3: session_secret: SESSION_FILE names /run/secrets/other, which does not exist',
    ])
  })
})
