import { testConfig } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { createOrigins } from './origins.ts'

function allowed(origin: string, config: Record<string, unknown> = {}): boolean {
  return createOrigins(testConfig(config)).headersFor(origin) !== undefined
}

describe('without a cors section', () => {
  it.each([
    'http://localhost:8080',
    'http://localhost:3000',
    'http://127.0.0.1:6274',
    'http://[::1]',
    'https://localhost',
  ])('a loopback issuer admits %s', (origin) => expect(allowed(origin)).toBe(true))

  it.each([
    'http://localhost.evil.example',
    'http://localhost:3000.evil.example',
    'http://evil.example/localhost',
    'http://evil.example?http://localhost',
    'http://localhost@evil.example',
    'ftp://localhost',
    'https://evil.example',
    'null',
    '',
    'localhost',
  ])('and refuses %j (original-24)', (origin) => expect(allowed(origin)).toBe(false))

  it('a public issuer admits its own origin alone', () => {
    const issuer = 'https://gateway.example.com'
    expect(allowed('https://gateway.example.com', { issuer })).toBe(true)
    expect(allowed('https://gateway.example.com:444', { issuer })).toBe(false)
    expect(allowed('http://gateway.example.com', { issuer })).toBe(false)
    expect(allowed('http://localhost:3000', { issuer })).toBe(false)
  })
})

describe('a cors section', () => {
  const listed = { cors: { allow_origins: ['https://app.example.com'], allow_credentials: true } }

  it('admits what it lists, compared parsed, and the issuer', () => {
    expect(allowed('https://app.example.com', listed)).toBe(true)
    expect(allowed('https://APP.example.com:443', listed)).toBe(true)
    expect(allowed('http://localhost:8080', listed)).toBe(true)
    expect(allowed('http://localhost:3000', listed)).toBe(false)
    expect(allowed('https://app.example.com.evil.example', listed)).toBe(false)
  })

  it('answers a listed origin by name, with credentials where it says so', () => {
    expect(createOrigins(testConfig(listed)).headersFor('https://app.example.com')).toEqual([
      'Access-Control-Allow-Origin',
      'https://app.example.com',
      'Vary',
      'Origin',
      'Access-Control-Allow-Credentials',
      'true',
      'Access-Control-Expose-Headers',
      'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version',
    ])
  })

  it('with * admits every origin, never with credentials (original-17, original-24)', () => {
    const any = { cors: { allow_origins: ['*'], allow_credentials: true, expose_headers: ['X-Mine'] } }
    for (const origin of ['https://anything.example', 'null']) {
      expect(createOrigins(testConfig(any)).headersFor(origin)).toEqual([
        'Access-Control-Allow-Origin',
        '*',
        'Access-Control-Expose-Headers',
        'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, X-Mine',
      ])
    }
  })
})

describe('a preflight', () => {
  const headersFor = (requested: string, cors?: Record<string, unknown>) => {
    const flat = createOrigins(testConfig(cors ? { cors } : {})).preflightHeaders(requested)
    return flat[flat.indexOf('Access-Control-Allow-Headers') + 1]?.toLowerCase().split(', ')
  }

  it('always allows what the protocol needs, Mcp-* included', () => {
    const headers = headersFor('authorization,mcp-param-x,x-mine', { allow_origins: ['*'], allow_headers: ['X-Other'] })
    expect(headers).toEqual(
      expect.arrayContaining(['authorization', 'last-event-id', 'mcp-protocol-version', 'mcp-param-x']),
    )
    expect(headers).not.toContain('x-mine')
  })

  it('names back what * allows, and nothing that is no header name', () => {
    const headers = headersFor('X-Mine, bad name,\u00e9')
    expect(headers).toContain('x-mine')
    expect(headers?.join(' ')).not.toMatch(/bad name|\u00e9/)
  })
})
