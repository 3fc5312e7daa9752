/** A login at the storage that comes to its end: said once in the log, and `/ready` is red. */
import { memoryBus } from '@gateway/bus/memory'
import { serverOrSkip, startVaultServer, testConfig } from '@gateway/testing'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { backendChecks, openStorage } from './connect.ts'

const vault = await serverOrSkip('a login at the storage that ends', startVaultServer)
afterAll(() => vault?.stop())

describe.skipIf(!vault)('a login at the storage that can be neither renewed nor replaced', () => {
  it('is told once for each problem, without the token, and makes /ready red', async () => {
    const { auth } = await vault!.ask('POST', 'auth/token/create', { ttl: '2s', explicit_max_ttl: '2s' })
    const token = auth?.client_token ?? ''
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    const settings = { url: vault!.address, auth_method: 'token', token }
    const store = await openStorage(testConfig({ storage: { type: 'vault', vault: settings } }), log)
    const checks = backendChecks({ bus: memoryBus(), store }, { store: true })
    const storeCheck = async () => (await checks()).find(({ name }) => name === 'store')
    expect(await storeCheck()).toEqual({ name: 'store', ok: true })
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await storeCheck()).toMatchObject({ name: 'store', ok: false })
    const told = lines.map((line) => JSON.parse(line) as { level: number; problem: string; msg: string })
    const problems = told.map(({ problem }) => problem)
    expect(problems).toContain('the server refuses it')
    expect(new Set(problems).size).toBe(problems.length)
    for (const { level, msg } of told) {
      expect([level, msg]).toEqual([50, 'the login at the storage can be neither renewed nor replaced: it will end'])
    }
    expect(lines.join('')).not.toContain(token)
    await store.close()
  })
})
