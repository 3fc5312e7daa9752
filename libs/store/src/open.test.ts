import { execFileSync } from 'node:child_process'
import { Misconfigured, Secret, Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { openCounter, openStore } from './open.ts'
import type { VaultOptions } from './vault/options.ts'

/** Nobody listens there. */
const VAULT: VaultOptions = {
  url: 'http://127.0.0.1:1',
  mount_point: 'secret',
  path_prefix: 'p',
  verify_ssl: true,
  timeout: 1,
  auth_method: 'token',
}

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

  it('in Vault is a misconfiguration without what its login needs', async () => {
    const open = (section: Partial<VaultOptions>) => openStore({ type: 'vault', vault: { ...VAULT, ...section } })
    await expect(open({})).rejects.toThrow(/^storage\.vault\.token: missing/)
    await expect(open({ auth_method: 'approle' })).rejects.toThrow(/^storage\.vault\.role_id: missing/)
    await expect(open({ auth_method: 'kubernetes' })).rejects.toThrow(/^storage\.vault\.role: missing/)
    await expect(openStore({ type: 'vault' })).rejects.toThrow(/^storage\.vault: missing/)
    const token = new Secret('t')
    await expect(open({ token, ssl_ca_certs: '/nowhere.pem' })).rejects.toThrow(
      /^storage\.vault\.ssl_ca_certs: \/nowhere\.pem cannot be read \(ENOENT\)/,
    )
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

describe('the configured counter', () => {
  const within = { limit: 1, windowMs: 60_000 }

  it('counts in memory where there is nothing else, and with Vault says that each replica counts alone', async () => {
    const memory = await openCounter({ type: 'memory' })
    expect(await memory.counter.consume('k', 1, within)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 })
    expect(memory.notice).toBeUndefined()
    const vault = await openCounter({ type: 'vault' })
    expect(await vault.counter.consume('k', 1, within)).toMatchObject({ allowed: true })
    expect(vault.notice).toMatch(/each replica alone/)
  })

  it('is never replaced by memory when Redis is down', async () => {
    const { counter } = await openCounter({ type: 'redis', redis: { host: '127.0.0.1', port: 1, db: 0, ssl: false } })
    await expect(counter.consume('k', 1, within)).rejects.toThrow(Unavailable)
    await counter.close()
  })

  it('is a misconfiguration when nobody knows it', async () => {
    await expect(openCounter({ type: 'cassandra' })).rejects.toThrow(Misconfigured)
  })
})
