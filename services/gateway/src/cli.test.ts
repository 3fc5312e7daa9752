import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { sinceOf } from './commands/audit.ts'
import { run } from './test-support/command-line.ts'

describe('gateway', () => {
  it('prints its version, which is the repository’s', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await run(['--version'])).toEqual({ out: `${manifest.version}\n`, err: '', code: 0 })
  })

  it('lists every flag of every command with --help', async () => {
    const { out, code } = await run(['--help'])
    expect(code).toBe(0)
    for (const flag of [
      '-c, --config',
      '--host',
      '--port',
      '--debug',
      '--demo',
      '--no-demo',
      '--check',
      '--since',
      '--no-follow',
      '--json',
      '--family',
      '--yes',
    ]) {
      expect(out).toContain(flag)
    }
    expect((await run(['start', '--help'])).out).toContain('--port <number>')
    expect((await run(['audit'])).out).toContain('tail')
  })

  it.each([
    [['start', '--prot', '1'], `unknown option '--prot' (Did you mean --port?)`],
    [['--config'], `option '-c, --config <file>' argument missing`],
    [['strat'], 'there is no command "strat"'],
    [['start', '--port', 'http'], '--port: "http" is no port'],
    [['start', '--port', '65535'], 'the demo takes three ports in a row'],
    [['start', '--host', '0.0.0.0'], 'the demo listens on this machine only, not on 0.0.0.0'],
    [['audit', 'tail', '--since', 'yesterday'], '--since: "yesterday" is no time'],
    [['audit', 'tail', '--port', '1'], 'no gateway is running here'],
  ])('%j: one clear line and a non-zero exit', async (args, line) => {
    const { err, code } = await run(args)
    expect(code).toBe(1)
    expect(err).toContain(line)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('holds the variables to the same: the demo is on this machine only, whoever asks', async () => {
    const { err, code } = await run(['start'], { MCP_GATEWAY_HOST: '0.0.0.0' })
    expect([code, err]).toEqual([1, expect.stringContaining('the demo listens on this machine only, not on 0.0.0.0')])
    expect((await run(['start'], { MCP_GATEWAY_PORT: 'http' })).err).toContain('"http" is no port')
  })

  it('exits 78 for a configuration to mend, one line for each problem', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'config.yaml'), 'issuer: x\nport: y\n')
    for (const command of [['start'], ['bootstrap'], ['audit', 'tail']]) {
      const { err, code } = await run(command, {}, folder)
      expect(code).toBe(78)
      expect(err.trim().split('\n')).toHaveLength(3)
    }
  })

  it('exits 78 for a named file that is missing, and never runs the demo instead', async () => {
    expect(await run(['start', '--config', 'no.yaml'])).toEqual({
      out: '',
      err: '--config names "no.yaml", which does not exist\n',
      code: 78,
    })
  })

  it('exits 78 with --no-demo when there is no file, and says where to put one', async () => {
    const { err, code } = await run(['start', '--no-demo'])
    expect(code).toBe(78)
    expect(err).toMatch(/no configuration file: .*mount.*config\.yaml/)
  })

  it('bootstrap needs NATS', async () => {
    const folder = emptyFolder()
    writeFileSync(
      join(folder, 'config.yaml'),
      'issuer: http://localhost:8080\nsession_secret: qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi\n',
    )
    const { err, code } = await run(['bootstrap'], {}, folder)
    expect([code, err]).toEqual([78, expect.stringContaining('nats.url: missing')])
  })
})

describe('the command line', () => {
  /** What is loaded before any command is known: imports that wait for a command do not count. */
  function loadedWith(file: URL, seen = new Set<string>()): Set<string> {
    const text = readFileSync(file, 'utf8').replaceAll(/^(?:import|export) type [\s\S]*?from '[^']+'/gm, '')
    for (const [, name = ''] of text.matchAll(/^(?:import|export|\}).* from '([^']+)'/gm)) {
      if (seen.has(name)) continue
      seen.add(name)
      if (name.startsWith('.')) loadedWith(new URL(name, file), seen)
    }
    return seen
  }

  it.each(['./cli.ts', './bootstrap.ts', './commands/audit.ts', './doctor/doctor.ts'])(
    'loads no service with %s, so that a broken one breaks no other command',
    (file) => {
      const loaded = [...loadedWith(new URL(file, import.meta.url))]
      expect(loaded).toContain('@gateway/service')
      expect(
        loaded.filter((name) => /auth-server|registry|token-issuer|provider-bridge|proxy|demo/.test(name)),
      ).toEqual([])
    },
  )
})

describe('--since', () => {
  it.each([
    ['30s', 970_000],
    ['1m', 940_000],
    ['0h', 1_000_000],
    ['all', undefined],
  ])('%s', (given, since) => expect(sinceOf(given, 1_000_000)).toBe(since))
})
