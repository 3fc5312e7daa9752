/** What of TLS, the environment and secrets may go wrong around requests to Vault. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Misconfigured, newId, Secret } from '@gateway/kernel'
import { serverOrSkip, startVaultServer } from '@gateway/testing'
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { appRole, kubernetes, startTokenReviews } from './test-support/logins.ts'
import { type VaultOptions, vaultStore } from './vault-store.ts'

const value = new TextEncoder().encode('v')
const failure = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  )

const vault = await serverOrSkip('Vault with TLS', () => startVaultServer({ tls: true }))
afterAll(() => vault?.stop())
afterEach(() => vi.unstubAllEnvs())

function options(overrides: Partial<VaultOptions> = {}): VaultOptions {
  return {
    url: vault!.address,
    auth_method: 'token',
    token: new Secret(vault!.token),
    mount_point: 'secret',
    path_prefix: `test-${newId()}`,
    verify_ssl: true,
    timeout: 2,
    ssl_ca_certs: vault!.authority,
    ...overrides,
  }
}

type Method = VaultOptions['auth_method']

/** What goes into a configuration, secrets apart. */
async function credentials(
  method: Method,
): Promise<{ settings: object; secrets: Record<string, string>; jwt: string }> {
  const ssl_ca_certs = vault!.authority
  if (method === 'token') {
    const { token, ...settings } = options()
    return { settings, secrets: { token: token!.open() }, jwt: '' }
  }
  if (method === 'approle') {
    const { secret_id: secretId, ...settings } = await appRole(vault!)
    return { settings: { ...settings, ssl_ca_certs }, secrets: { secret_id: secretId!.open() }, jwt: '' }
  }
  const settings = await kubernetes(vault!, (await startTokenReviews()).url)
  return { settings: { ...settings, ssl_ca_certs }, secrets: {}, jwt: await readFile(settings.jwt_path!, 'utf8') }
}

async function works(settings: VaultOptions): Promise<boolean> {
  const store = await vaultStore(settings)
  onTestFinished(() => store.close())
  return store.put('k', value).then(
    () => true,
    () => false,
  )
}

describe.skipIf(!vault?.ours)('Vault over TLS', () => {
  it('is trusted when its authority is named', async () => {
    expect(await works(options())).toBe(true)
  })

  it.each(['VAULT_SKIP_VERIFY', 'NODE_TLS_REJECT_UNAUTHORIZED'])(
    'is not trusted without, whatever %s says, and that is a misconfiguration',
    async (variable) => {
      vi.stubEnv(variable, variable === 'VAULT_SKIP_VERIFY' ? '1' : '0')
      const error = await failure(vaultStore(options({ ssl_ca_certs: undefined })))
      expect(error).toBeInstanceOf(Misconfigured)
      expect(String(error)).toMatch(/^Misconfigured: storage\.vault: .* name its authority in ssl_ca_certs$/)
    },
  )

  it('is taken as it comes only where the configuration says so', async () => {
    expect(await works(options({ ssl_ca_certs: undefined, verify_ssl: false }))).toBe(true)
  })
})

describe.skipIf(!vault?.ours)('the environment', () => {
  it('decides nothing', async () => {
    for (const [name, content] of Object.entries({
      VAULT_ADDR: 'http://127.0.0.1:1',
      VAULT_TOKEN: 'another',
      VAULT_NAMESPACE: 'elsewhere',
      VAULT_PREFIX: '/elsewhere',
      HTTPS_PROXY: 'http://127.0.0.1:1',
      https_proxy: 'http://127.0.0.1:1',
    })) {
      vi.stubEnv(name, content)
    }
    expect(await works(options())).toBe(true)
  })
})

/**
 * A process of its own that uses the store in every way that can go wrong, with every debug output that there is, and shows
 * what it gets as thoroughly as it can be shown.
 */
const SCRIPT = `
import { inspect } from 'node:util'
import { Secret } from '@gateway/kernel'
import { vaultStore } from ${JSON.stringify(new URL('./vault-store.ts', import.meta.url).href)}
const { secrets, ...plain } = JSON.parse(process.env.SETTINGS)
const options = { ...plain }
for (const [key, secret] of Object.entries(secrets)) options[key] = new Secret(secret)
const show = (error) => {
  console.log(inspect(error, { depth: 50, showHidden: true, getters: true }), JSON.stringify(error), String(error?.stack))
  for (let cause = error?.cause; cause; cause = cause.cause) console.log(String(cause), JSON.stringify(cause))
}
const value = new TextEncoder().encode(process.env.VALUE)
async function use(settings) {
  const store = await vaultStore(settings, { onFailure: show }).catch(show)
  if (!store) return
  for (const attempt of [
    () => store.put('k', value),
    () => store.get('k'),
    () => store.compareAndSet('k', 'wrong', value),
    () => Promise.all(Array.from({ length: 5 }, () => store.put('k', value))),
    () => store.list(''),
    () => store.ping(),
  ]) await attempt().catch(show)
  console.log(inspect(store, { depth: 50, showHidden: true, getters: true }), JSON.stringify(store))
  await store.close()
}
await use(options)
await use({ ...options, url: 'http://127.0.0.1:1' })
await use({ ...options, url: process.env.FROZEN, timeout: 0.3 })
await use({ ...options, ssl_ca_certs: undefined })
await use({ ...options, mount_point: 'nowhere' })
await use({ ...options, path_prefix: 'not-ours' })
await use({ ...options, auth_mount_point: 'nowhere' })
`

describe.skipIf(!vault?.ours)('no log line and no error', () => {
  it.each<Method>(['token', 'approle', 'kubernetes'])(
    'shows a credential of %s or what is written, with all debug output on',
    async (method) => {
      const frozen = await startVaultServer()
      onTestFinished(() => frozen.stop())
      await frozen.kill('SIGSTOP')
      const { settings, secrets, jwt } = await credentials(method)
      const written = 'what is written, in clear'
      const env = {
        PATH: process.env.PATH,
        DEBUG: '*',
        SETTINGS: JSON.stringify({ ...settings, secrets }),
        FROZEN: frozen.address,
        VALUE: written,
      }
      const shown = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', SCRIPT], {
        cwd: import.meta.dirname,
        env,
        maxBuffer: 64 * 1024 * 1024,
      })
      const all = shown.stdout + shown.stderr
      expect(all).toContain('vault: ECONNREFUSED')
      expect(all).toContain('vault: timeout')
      const hidden = [...Object.values(secrets), jwt, written, Buffer.from(written).toString('base64')].filter(Boolean)
      expect(hidden).toHaveLength(3)
      expect(hidden.filter((secret) => all.includes(secret))).toEqual([])
      // Tokens that a login brought: OpenBao's begin with "s.".
      expect(all).not.toMatch(/\bs\.[A-Za-z0-9]{20,}/)
    },
  )
})
