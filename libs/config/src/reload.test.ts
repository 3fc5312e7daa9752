import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RELOADABLE, reloaded } from './reload.ts'
import { configSchema } from './sections.ts'

const provider = (id: string) => ({
  [id]: { client_id: 'c', client_secret: 'provider-secret', issuer: 'https://id.test' },
})
const calculator = { name: 'Calculator', url: 'http://calculator', scopes: ['read'] }
const configOf = (sections: Readonly<Record<string, unknown>> = {}) =>
  configSchema.parse({
    issuer: 'https://gateway.test',
    session_secret: 'of the tests',
    oauth_providers: provider('google'),
    mcp_services: { calculator },
    ...sections,
  })

describe('a new configuration', () => {
  it('changes without a restart what the README lists', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    expect(readme).toContain(`**Without a restart** change ${RELOADABLE.map((key) => `\`${key}\``).join(', ')} `)
  })

  it('that says the same changes nothing', () => {
    const running = configOf()
    expect(reloaded(running, configOf())).toEqual({ config: running, applied: [], needRestart: [] })
  })

  it('brings services, scopes, CORS, registration and access rules into force', () => {
    const next = configOf({
      mcp_services: {
        calculator: { ...calculator, scopes: ['read', 'write'] },
        status: { name: 'S', url: 'http://s' },
      },
      cors: { allow_origins: ['https://app.test'] },
      access: { deny: { domains: ['example.com'] } },
      registration: { dynamic: { enabled: false } },
    })
    const { config, applied, needRestart } = reloaded(configOf(), next)
    expect(needRestart).toEqual([])
    expect(applied).toEqual([
      'access.deny.domains',
      'cors',
      'mcp_services.calculator.scopes',
      'mcp_services.status',
      expect.stringMatching(/^registration\.dynamic/),
    ])
    expect(config).toEqual(next)
  })

  it('leaves what decides the start as it is, and names it', () => {
    const running = configOf()
    const next = configOf({ port: 9_999, tokens: { access_ttl_seconds: 60 }, cors: { allow_origins: ['*'] } })
    const { config, applied, needRestart } = reloaded(running, next)
    expect(needRestart).toEqual(['port', 'tokens.access_ttl_seconds'])
    expect(applied).toEqual(['cors'])
    expect(config).toEqual({ ...running, cors: next.cors })
  })

  it('notices a changed secret, without ever telling it', () => {
    const { needRestart } = reloaded(configOf(), configOf({ session_secret: 'another one' }))
    expect(needRestart).toEqual(['session_secret'])
  })

  it('with another provider takes over no service that names it', () => {
    const running = configOf()
    const next = configOf({
      oauth_providers: provider('github'),
      mcp_services: { calculator: { ...calculator, oauth_provider: 'github' } },
    })
    const { config, applied, needRestart } = reloaded(running, next)
    expect(applied).toEqual([])
    expect(needRestart).toEqual([
      'mcp_services.calculator.oauth_provider',
      'oauth_providers.google',
      'oauth_providers.github',
    ])
    expect(config).toEqual(running)
  })
})
