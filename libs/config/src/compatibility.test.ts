/** The configurations that the predecessor's README shows, word for word: they start as they are written. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadText } from './fixture.ts'

const QUICK_START = `
# Gateway settings
host: "localhost"
port: 8080
issuer: "http://localhost:8080"
session_secret: "your-dev-secret-change-in-production"
debug: true

# OAuth provider
oauth_providers:
  google:
    client_id: "\${GOOGLE_CLIENT_ID}"
    client_secret: "\${GOOGLE_CLIENT_SECRET}"
    scopes: ["openid", "email", "profile"]

# Example service (replace with your MCP service)
mcp_services:
  calculator:
    name: "Calculator Service"
    url: "http://localhost:3001"
    oauth_provider: "google"
    auth_required: true
    scopes: ["read", "calculate"]
`
const REDIS = `storage:
  type: "redis"
  redis:
    host: "host.docker.internal"  # or Redis container IP
    port: 6379
    password: "\${REDIS_PASSWORD}"
`
const VAULT = `storage:
  type: "vault"
  vault:
    url: "http://host.docker.internal:8200"
    token: "\${VAULT_TOKEN}"
    mount_point: "secret"
    path_prefix: "mcp-gateway"
`
const GOOGLE = { GOOGLE_CLIENT_ID: 'your-google-client-id', GOOGLE_CLIENT_SECRET: 'your-google-client-secret' }

describe('the predecessor’s README', () => {
  it('quick start: starts, and warns of its secret', () => {
    const { config, warnings } = loadText(QUICK_START, GOOGLE)
    expect(config).toMatchObject({
      host: 'localhost',
      port: 8080,
      issuer: 'http://localhost:8080',
      debug: true,
      storage: { type: 'memory' },
      oauth_providers: { google: { client_id: 'your-google-client-id', scopes: ['openid', 'email', 'profile'] } },
      mcp_services: { calculator: { url: 'http://localhost:3001', timeout: 30_000 } },
    })
    expect(warnings).toEqual([expect.stringContaining('session_secret is WEAK')])
  })

  it('Redis: starts, with host, port and password', () => {
    const { redis } = loadText(QUICK_START + REDIS, { ...GOOGLE, REDIS_PASSWORD: 'mypassword' }).config.storage
    expect(redis).toMatchObject({ host: 'host.docker.internal', port: 6379, ssl: false, max_connections: 20 })
    expect(redis?.password?.open()).toBe('mypassword')
  })

  it('Redis: its storage section with a default in the host, TLS and a pool', () => {
    const section = `storage:
  type: "redis"
  redis:
    host: "\${REDIS_HOST:-localhost}"
    port: 6379
    password: "\${REDIS_PASSWORD}"
    ssl: true
    max_connections: 20
`
    const { redis } = loadText(QUICK_START + section, { ...GOOGLE, REDIS_PASSWORD: '' }).config.storage
    expect(redis).toMatchObject({ host: 'localhost', ssl: true })
    expect(redis?.password).toBeUndefined()
  })

  it('Vault: is understood', () => {
    const { vault } = loadText(QUICK_START + VAULT, { ...GOOGLE, VAULT_TOKEN: 'myroot' }).config.storage
    expect(vault).toMatchObject({
      url: 'http://host.docker.internal:8200',
      mount_point: 'secret',
      auth_method: 'token',
    })
    expect(vault?.token?.open()).toBe('myroot')
  })

  it('CORS and several services', () => {
    const yaml = `${QUICK_START}
  weather:
    name: "Weather Service"
    url: "http://weather:3002"
    oauth_provider: "google"  # Same as above
    auth_required: true
    scopes: ["read"]
    timeout: 30000
cors:
  allow_origins:
    - "https://myapp.example.com"
    - "https://dashboard.example.com"
  allow_credentials: true
  allow_methods: ["GET", "POST", "OPTIONS"]
  allow_headers:
    - "Authorization"
    - "Content-Type"
    - "MCP-Protocol-Version"
`
    const { config } = loadText(yaml, GOOGLE)
    expect(config.cors?.allow_origins).toEqual(['https://myapp.example.com', 'https://dashboard.example.com'])
    expect(Object.keys(config.mcp_services)).toEqual(['calculator', 'weather'])
  })
})

describe('config.example.yaml', () => {
  const example = readFileSync(new URL('../../../config.example.yaml', import.meta.url), 'utf8')

  it('loads with the variables that it names, without a warning', () => {
    const env = { ...GOOGLE, MCP_SESSION_SECRET: 'kJ8Qy0sVnW1b3cXz7fRr2mHt5pLd9gUaEoTiYwNhBqCx' }
    expect(loadText(example, env).warnings).toEqual([])
  })

  it('loads with everything that is commented out switched on', () => {
    const everything = example.replaceAll(/^( *)#: ?/gm, '$1')
    const env = {
      ...GOOGLE,
      MCP_SESSION_SECRET: 'kJ8Qy0sVnW1b3cXz7fRr2mHt5pLd9gUaEoTiYwNhBqCx',
      REDIS_PASSWORD: 'pw',
      NATS_NKEY_SEED: 'seed',
      SEALING_KEY_2026: 'Wm3Zt8Qk1Vx6Ry0Lp5Hs9Yc4Md7Gf2TqUeKiBnJo',
      REPORT_CLIENT_SECRET: 'a secret of the nightly report',
    }
    const { config } = loadText(everything, env)
    expect(config.storage.type).toBe('redis')
    expect(config.nats.url).toBe('nats://localhost:4222')
    expect(config.storage.sealing_keys?.active).toBe('k2026')
    expect(Object.keys(config.clients)).toEqual(['nightly-report', 'company-chat'])
  })
})
