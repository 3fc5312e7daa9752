import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { load, MINIMAL, problemsIn } from './fixture.ts'
import { loadConfig } from './load.ts'
import { readFileIfThere } from './lookup.ts'

describe('where the configuration is looked for', () => {
  const places = [
    '/work/named.yaml',
    '/work/by-variable.yaml',
    '/work/config.yaml',
    '/work/config.yml',
    '/home/op/.mcp-gateway/config.yaml',
    '/etc/mcp-gateway/config.yaml',
  ]

  it.each(places.map((place, index) => ({ place, index })))(
    'takes $place when nothing before it is there',
    ({ index }) => {
      const files = Object.fromEntries(places.slice(index).map((path) => [path, MINIMAL]))
      const loaded = load({
        files,
        env: index <= 1 ? { MCP_CONFIG_PATH: 'by-variable.yaml' } : {},
        ...(index === 0 ? { flags: { config: 'named.yaml' } } : {}),
      })
      expect(loaded?.source).toBe(places[index])
    },
  )

  it('finds nothing where there is nothing', () => {
    expect(load({})).toBeUndefined()
  })

  it('never looks further when the named file is missing', () => {
    const files = { '/work/config.yaml': MINIMAL }
    expect(problemsIn({ files, flags: { config: 'confg.yaml' } })).toEqual([
      '--config names "confg.yaml", which does not exist',
    ])
    expect(problemsIn({ files, env: { MCP_CONFIG_PATH: '/etc/x.yaml' } })).toEqual([
      'MCP_CONFIG_PATH names "/etc/x.yaml", which does not exist',
    ])
    expect(problemsIn({ files, flags: { config: '' } })).toEqual(['--config names "", which does not exist'])
  })

  it('takes an empty MCP_CONFIG_PATH for none, as compose files pass it on', () => {
    expect(load({ files: { '/work/config.yaml': MINIMAL }, env: { MCP_CONFIG_PATH: '' } })?.source).toBe(
      '/work/config.yaml',
    )
  })

  it('explains a folder in the place of the file, which containers mount when it is missing', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'config-'))
    const look = () => loadConfig({ flags: { config: cwd }, env: {}, cwd, home: cwd, readFile: readFileIfThere })
    expect(look).toThrow(/is a folder/)
  })

  it('original-25: writes nothing to disk by looking', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'config-'))
    expect(loadConfig({ env: {}, cwd, home: cwd, readFile: readFileIfThere })).toBeUndefined()
    expect(() =>
      loadConfig({ flags: { config: 'no.yaml' }, env: {}, cwd, home: cwd, readFile: readFileIfThere }),
    ).toThrow('does not exist')
    expect(readdirSync(cwd)).toEqual([])
  })

  it('reads a real file', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'config-'))
    writeFileSync(join(cwd, 'config.yml'), MINIMAL)
    expect(loadConfig({ env: {}, cwd, home: cwd, readFile: readFileIfThere })?.source).toBe(join(cwd, 'config.yml'))
  })
})
