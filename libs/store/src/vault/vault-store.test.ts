import { Misconfigured, newId, Secret, Unavailable } from '@gateway/kernel'
import {
  type FakeClock,
  fakeClock,
  serverOrSkip,
  startTcpProxy,
  startVaultServer,
  type VaultServer,
} from '@gateway/testing'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { keyValueContract } from '../contract/key-value.ts'
import { outageContract } from '../contract/outage.ts'
import type { KeyValue } from '../ports.ts'
import { type VaultOptions, vaultStore } from './vault-store.ts'

const value = new TextEncoder().encode('a secret value')

function options(server: VaultServer, overrides: Partial<VaultOptions> = {}): VaultOptions {
  return {
    url: server.address,
    auth_method: 'token',
    token: new Secret(server.token),
    mount_point: 'secret',
    path_prefix: `test-${newId()}`,
    verify_ssl: true,
    timeout: 5,
    ...overrides,
  }
}

async function open(settings: VaultOptions, clock: FakeClock = fakeClock()): Promise<KeyValue> {
  const store = await vaultStore(settings, { clock })
  onTestFinished(() => store.close())
  return store
}

async function startOwn(): Promise<VaultServer> {
  const server = await startVaultServer()
  onTestFinished(() => server.stop())
  return server
}

function failure(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
}

/** The names that the engine holds, whatever they are good for. */
async function namesIn(server: VaultServer, { path_prefix }: VaultOptions): Promise<string[]> {
  const url = `${server.address}/v1/secret/metadata/${path_prefix}/?list=true`
  const answer = await fetch(url, { headers: { 'X-Vault-Token': server.token } })
  const body = (await answer.json()) as { data?: { keys: string[] } }
  return body.data?.keys ?? []
}

const vault = await serverOrSkip('the store in Vault', startVaultServer)
afterAll(() => vault?.stop())

describe.skipIf(!vault)('Vault', () => {
  keyValueContract(
    'Vault',
    async () => {
      const clock = fakeClock()
      const wait = async (ms: number) => clock.advance(ms)
      return { store: await open(options(vault!), clock), wait }
    },
    { accuracyMs: 1 },
  )

  it('keeps no earlier value in the history of a key', async () => {
    const settings = options(vault!)
    const store = await open(settings)
    await store.put('k', value)
    await store.take('k')
    const url = `${vault!.address}/v1/secret/data/${settings.path_prefix}/k?version=1`
    expect((await fetch(url, { headers: { 'X-Vault-Token': vault!.token } })).status).toBe(404)
  })

  it('removes the names of what is over, a few with each new one, and nothing that lives', async () => {
    const settings = options(vault!)
    const clock = fakeClock()
    const store = await open(settings, clock)
    await store.put('kept', value)
    for (let index = 0; index < 10; index++) await store.put(`old-${index}`, value, { ttlMs: 1_000 })
    await store.put('taken', value)
    await store.take('taken')
    clock.advance(120_000)
    for (let index = 0; index < 20; index++) await store.put(`new-${index}`, value)
    await store.close()
    const names = await namesIn(vault!, settings)
    expect(names.filter((name) => name.startsWith('old-') || name === 'taken')).toEqual([])
    expect(names).toHaveLength(21)
    expect((await store.get('kept'))?.value).toEqual(value)
  })

  it('lets nobody write while a name is being removed, and takes over when the remover died', async () => {
    const settings = options(vault!)
    const clock = fakeClock()
    const store = await open(settings, clock)
    await fetch(`${vault!.address}/v1/secret/data/${settings.path_prefix}/k`, {
      method: 'POST',
      headers: { 'X-Vault-Token': vault!.token },
      body: JSON.stringify({ data: { state: 'sweeping', at: clock() } }),
    })
    expect(await store.get('k')).toBeUndefined()
    expect(await failure(store.put('k', value))).toBeInstanceOf(Unavailable)
    clock.advance(30_000)
    await store.put('k', value)
    expect((await store.get('k'))?.value).toEqual(value)
  })

  it('needs no more than a policy for its own folder', async () => {
    const settings = options(vault!)
    const policy = [
      `path "secret/data/${settings.path_prefix}/*" { capabilities = ["create", "read", "update"] }`,
      `path "secret/metadata/${settings.path_prefix}/*" { capabilities = ["create", "update", "list", "delete"] }`,
    ].join('\n')
    const ask = async (path: string, body: unknown) => {
      const init = { method: 'POST', headers: { 'X-Vault-Token': vault!.token }, body: JSON.stringify(body) }
      const text = await (await fetch(`${vault!.address}/v1/${path}`, init)).text()
      return (text === '' ? {} : JSON.parse(text)) as { auth?: { client_token: string } }
    }
    await ask(`sys/policies/acl/${settings.path_prefix}`, { policy })
    const { auth } = await ask('auth/token/create', { policies: [settings.path_prefix] })
    const store = await open({ ...settings, token: new Secret(auth!.client_token) })
    await store.ping()
    await store.put('k', value)
    expect((await store.list('')).keys).toEqual(['k'])
    expect(await store.take('k')).toEqual(value)
    await store.close()
  })
})

describe.skipIf(!vault)('Vault over a network', () => {
  outageContract(
    'Vault',
    async () => {
      const network = await startTcpProxy(vault!)
      onTestFinished(() => network.stop())
      const url = `http://${network.host}:${network.port}`
      return {
        store: await open(options(vault!, { url, timeout: 0.5 })),
        cut: async () => network.cut(),
        mend: async () => network.mend(),
        slow: async (ms) => network.delay(ms),
      }
    },
    { reportedWithinMs: 200, timeoutMs: 500 },
  )
})

describe.skipIf(!vault)('a Vault that cannot be used', () => {
  it('is a misconfiguration when it refuses the token, which is not repeated', async () => {
    const error = await failure(vaultStore(options(vault!, { token: new Secret('hvs.wrong-token') })))
    expect(error).toBeInstanceOf(Misconfigured)
    expect(String(error)).toMatch(/^Misconfigured: storage\.vault\.token/)
    expect(String(error)).not.toMatch(/wrong-token/)
  })

  it('is an outage when there is no such mount: nothing is taken for missing', async () => {
    const store = await open(options(vault!, { mount_point: 'nowhere' }))
    const error = await failure(store.get('k'))
    expect(error).toBeInstanceOf(Unavailable)
  })
})

describe.skipIf(!vault?.ours)('an outage of Vault', () => {
  it('is reported at once when it is down, and over when it is back', async () => {
    const server = await startOwn()
    const store = await open(options(server))
    await server.kill()
    for (const attempt of [store.get('k'), store.put('k', value), store.take('k'), store.ping(), store.list('')]) {
      const error = await failure(attempt)
      expect(error).toBeInstanceOf(Unavailable)
      expect(String((error as Unavailable).cause)).toMatch(/^Error: vault: ECONN/)
    }
    await server.restart()
    await store.put('k', value)
    expect((await store.get('k'))?.value).toEqual(value)
  })

  it('is reported after the time-out when it is frozen, without the token or the value', async () => {
    const server = await startOwn()
    const settings = options(server, { timeout: 0.5 })
    const store = await open(settings)
    await server.kill('SIGSTOP')
    const start = performance.now()
    const error = await failure(store.put('k', value))
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(error).toBeInstanceOf(Unavailable)
    const { cause } = error as { cause: Error }
    expect(String(cause)).toBe('Error: vault: timeout')
    const shown = JSON.stringify(cause, Object.getOwnPropertyNames(cause)) + JSON.stringify(error)
    expect(shown).not.toContain(server.token)
    expect(shown).not.toContain(Buffer.from(value).toString('base64'))
  })

  it('at the start is an outage like any other', async () => {
    const server = await startOwn()
    await server.kill()
    const store = await open(options(server))
    expect(await failure(store.get('k'))).toBeInstanceOf(Unavailable)
    await server.restart()
    await expect.poll(() => store.ping().then(() => 'up', String), { timeout: 3_000 }).toBe('up')
  })
})
