import { readdirSync, readFileSync } from 'node:fs'
import { access } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'

const here = new URL('.', import.meta.url)
const readme = readFileSync(new URL('../README.md', here), 'utf8')
const sources = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => readFileSync(new URL(path, here), 'utf8'))
  .join('\n')

/** Thrown by `parseClientMetadata` of libs/oauth. */
const FROM_OAUTH = ['invalid_redirect_uri', 'invalid_client_metadata']

describe("the registry's README", () => {
  it('lists every refusal, and none that does not exist', () => {
    const thrown = Array.from(sources.matchAll(/new Refusal\('([a-z_]+)'/g), ([, code]) => code)
    const listed = Array.from(
      readme.split('## Refusals')[1]?.matchAll(/^\| `([a-z_]+)` +\|/gm) ?? [],
      ([, code]) => code,
    )
    expect(new Set(listed)).toEqual(new Set([...thrown, ...FROM_OAUTH]))
  })

  it('lists what it serves, publishes and listens to, as the contracts allow', () => {
    const { serves, owns, projects } = access.registry
    const subjects = [...serves.map(({ subject }) => subject), ...owns.map((prefix) => `${prefix}.<key>`)]
    for (const subject of [...subjects, ...projects.map(({ subject }) => subject)])
      expect(readme).toContain(`\`${subject}\``)
  })
})
