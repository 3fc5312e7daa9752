import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, loadConfig, readFileIfThere } from '@gateway/config'
import { fakeHost } from '@gateway/testing'
import { pino } from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type ConfigSource, type ReloadListener, watchConfig } from './reload.ts'

const HEAD = 'issuer: http://localhost:8080\nsession_secret: qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi\n'
const service = (name: string) => `mcp_services: { c: { name: ${name}, url: "http://c", auth_required: false } }\n`
const open: ConfigSource[] = []
afterEach(() => Promise.all(open.splice(0).map((source) => source.stop())))

/** A real file, looked at every 20 ms, or only on SIGHUP. */
function watching(pollMs = 20, file = join(mkdtempSync(join(tmpdir(), 'reload-')), 'config.yaml')) {
  writeFileSync(file, HEAD + service('One'))
  const load = () => loadConfig({ flags: { config: file }, env: {}, cwd: '/', home: '/', readFile: readFileIfThere })
  const host = fakeHost([])
  const lines: { level: number; msg: string; problems?: string[]; keys?: string[] }[] = []
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) })
  const loaded = load()!
  const source = watchConfig({ loaded, load, signals: host, log, pollMs })
  open.push(source)
  const names: unknown[] = []
  const hear: ReloadListener = (config: Config) => void names.push(config.mcp_services.c?.name)
  const silence = source.subscribe(hear)
  return { file, host, lines, names, source, silence }
}

const soon = (expectation: () => void) => vi.waitFor(expectation, { timeout: 3_000, interval: 10 })
const NEVER_MS = 3_600_000

describe('the configuration of a running process', () => {
  it('is read again when its file changes, in place or by replacement', async () => {
    const { file, names, lines } = watching()
    writeFileSync(file, HEAD + service('Two'))
    await soon(() => expect(names).toEqual(['Two']))
    writeFileSync(`${file}.new`, HEAD + service('Three'))
    renameSync(`${file}.new`, file)
    await soon(() => expect(names).toEqual(['Two', 'Three']))
    expect(lines.at(-1)).toMatchObject({ msg: 'configuration reloaded', keys: ['mcp_services.c.name'] })
  })

  it('is read again when the link that names it is turned, as Kubernetes does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reload-'))
    symlinkSync(join(folder, 'first.yaml'), join(folder, 'config.yaml'))
    writeFileSync(join(folder, 'second.yaml'), HEAD + service('Second'))
    const { file, names } = watching(20, join(folder, 'config.yaml'))
    symlinkSync(join(folder, 'second.yaml'), join(folder, 'turned'))
    renameSync(join(folder, 'turned'), file)
    await soon(() => expect(names).toEqual(['Second']))
  })

  it('is read again on SIGHUP, without waiting for anything', async () => {
    const { file, host, names, lines } = watching(NEVER_MS)
    writeFileSync(file, HEAD + service('Two'))
    host.signal('SIGHUP')
    await soon(() => expect(names).toEqual(['Two']))
    host.signal('SIGHUP')
    await soon(() => expect(lines.at(-1)?.msg).toBe('configuration read again: nothing to take over'))
    expect(names).toEqual(['Two'])
  })

  it('stays as it was when the new file is wrong, says why, and takes the mended one', async () => {
    const { file, host, names, lines } = watching(NEVER_MS)
    writeFileSync(file, `${HEAD}${service('Two')}prot: 1\n`)
    host.signal('SIGHUP')
    await soon(() => expect(lines).toHaveLength(1))
    expect(lines[0]).toMatchObject({ msg: 'the new configuration is wrong and changes nothing' })
    expect(lines[0]?.problems?.[0]).toContain('prot')
    rmSync(file)
    host.signal('SIGHUP')
    await soon(() => expect(lines).toHaveLength(2))
    expect(names).toEqual([])
    writeFileSync(file, HEAD + service('Two'))
    host.signal('SIGHUP')
    await soon(() => expect(names).toEqual(['Two']))
  })

  it('reports a wrong file once, however often it is looked at', async () => {
    const { file, lines } = watching(5)
    appendFileSync(file, 'prot: 1\n')
    await soon(() => expect(lines).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(lines).toHaveLength(1)
  })

  it('names what needs a restart, and takes the rest', async () => {
    const { file, host, names, lines } = watching(NEVER_MS)
    writeFileSync(file, `${HEAD}port: 9999\n${service('Two')}`)
    host.signal('SIGHUP')
    await soon(() => expect(names).toEqual(['Two']))
    expect(lines[0]).toMatchObject({ level: 40, keys: ['port'] })
    expect(lines[0]?.msg).toContain('need a restart')
  })

  it('reaches every listener, whatever another one throws, until it is stopped', async () => {
    const { file, host, names, lines, source, silence } = watching(NEVER_MS)
    const others: string[] = []
    source.subscribe(() => Promise.reject(new Error('not me')))
    source.subscribe(() => void others.push('heard'))
    silence()
    writeFileSync(file, HEAD + service('Two'))
    host.signal('SIGHUP')
    await soon(() => expect(others).toEqual(['heard']))
    expect([names, lines[0]?.msg]).toEqual([[], 'a part did not take over the new configuration'])
    await source.stop()
    writeFileSync(file, HEAD + service('Three'))
    host.signal('SIGHUP')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(others).toEqual(['heard'])
  })
})
