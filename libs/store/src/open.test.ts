import { execFileSync } from 'node:child_process'
import { Misconfigured, Secret, Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { openStore } from './open.ts'

describe('the configured store', () => {
  it('is memory where the configuration says so', async () => {
    const store = await openStore({ type: 'memory' })
    await store.put('k', new Uint8Array([1]))
    expect((await store.get('k'))?.value).toEqual(new Uint8Array([1]))
  })

  it('is never replaced by memory when it is down (original-26)', async () => {
    // Port 1 of loopback: nobody listens there.
    const store = await openStore({ type: 'redis', redis: { host: '127.0.0.1', port: 1, db: 0, ssl: false } })
    await expect(store.put('k', new Uint8Array([1]))).rejects.toThrow(Unavailable)
    await expect(store.ping()).rejects.toThrow(Unavailable)
    await store.close()
  })

  it('is a misconfiguration when nobody knows it', async () => {
    await expect(openStore({ type: 'cassandra' })).rejects.toThrow(Misconfigured)
  })

  it('in Vault is a misconfiguration without a token, and with a login that is not supported', async () => {
    const vault = { url: 'http://127.0.0.1:1', mount_point: 'secret', path_prefix: 'p', verify_ssl: true, timeout: 1 }
    const open = (section: object) =>
      openStore({ type: 'vault', vault: { ...vault, auth_method: 'token', ...section } })
    await expect(open({})).rejects.toThrow(/^storage\.vault\.token: missing/)
    await expect(open({ auth_method: 'approle' })).rejects.toThrow(/^storage\.vault\.auth_method/)
    await expect(openStore({ type: 'vault' })).rejects.toThrow(/^storage\.vault: missing/)
    const store = await open({ token: new Secret('t') })
    await expect(store.get('k')).rejects.toThrow(Unavailable)
  })

  it('loads no driver that is not used', () => {
    const script = `
      import { createRequire } from 'node:module'
      const { openStore } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)})
      await openStore({ type: 'memory' })
      const loaded = Object.keys(createRequire(import.meta.url).cache)
      process.stdout.write(String(loaded.some((path) => /ioredis|node-vault/.test(path))))`
    const run = (source: string) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', source], { cwd: import.meta.dirname })
    expect(run(script).toString()).toBe('false')
    expect(
      run(script.replace("{ type: 'memory' }", "{ type: 'redis' }).then((store) => store.close()")).toString(),
    ).toBe('true')
  })
})
