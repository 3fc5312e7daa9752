/** The pages about providers: one for each that is known, with a configuration that loads as it stands there. */
import { readdirSync, readFileSync } from 'node:fs'
import { loadConfig } from '@gateway/config'
import { describe, expect, it } from 'vitest'
import { providerSettings } from './domain/provider-settings.ts'
import { providers } from './domain/providers/table.ts'

const folder = new URL('../docs/', import.meta.url)
const pages = readdirSync(folder)
const REST = `
issuer: https://mcp-gateway.example.com
session_secret: qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi
mcp_services: { calculator: { name: Calculator, url: "http://calculator:3001" } }
`

/** The first block of YAML; `#:` stands before keys that may be used. */
function configurationOf(page: string, withOptions: boolean): string {
  const text = readFileSync(new URL(page, folder), 'utf8')
  const yaml = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  return withOptions ? yaml.replaceAll('#: ', '') : yaml
}

describe('the documentation', () => {
  it('has a page for each provider, and one for those of no standard', () => {
    expect(pages.toSorted()).toEqual([...Object.keys(providers), 'custom'].map((id) => `${id}.md`).toSorted())
  })

  it.each(pages.flatMap((page) => [false, true].map((withOptions) => [page, withOptions] as const)))(
    'of %s shows a configuration that loads and is complete (with what is optional: %s)',
    (page, withOptions) => {
      const yaml = REST + configurationOf(page, withOptions)
      const readFile = (path: string) => (path.endsWith('config.yaml') ? yaml : undefined)
      const own = { MCP_CONFIG_PATH: '/config.yaml' }
      const variables = Object.fromEntries(
        [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'from a variable']),
      )
      const loaded = loadConfig({ env: { ...variables, ...own }, cwd: '/', home: '/', readFile })
      const [entry] = Object.entries(loaded?.config.oauth_providers ?? {})
      expect(entry && providerSettings(...entry).problems).toEqual([])
    },
  )

  it.each(pages)('of %s names the redirect URI that has to be registered', (page) => {
    expect(readFileSync(new URL(page, folder), 'utf8')).toContain('https://mcp-gateway.example.com/oauth/callback')
  })
})
