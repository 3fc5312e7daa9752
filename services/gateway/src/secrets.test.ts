import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publicNkeyOf } from '@gateway/bus/nats'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeSecrets } from './secrets.ts'

const silent = { stdout: { write: () => undefined } }

async function made(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-secrets-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await makeSecrets(folder, silent)
  return folder
}

const read = (folder: string, ...path: string[]) => readFile(join(folder, ...path), 'utf8')

describe('gateway secrets', () => {
  it('makes other secrets each time, and keeps those that are there', async () => {
    const [one, two] = [await made(), await made()]
    const session = await read(one, 'registry', 'session_secret')
    expect(session).not.toBe(await read(two, 'registry', 'session_secret'))
    const seed = await read(one, 'proxy', 'nats.seed')
    await makeSecrets(one, silent)
    expect(await read(one, 'registry', 'session_secret')).toBe(session)
    expect(await read(one, 'proxy', 'nats.seed')).toBe(seed)
  })

  it('gives the proxy nothing that opens what the others sealed, and no way into the store', async () => {
    const folder = await made()
    expect(await readdir(join(folder, 'proxy'))).toEqual(['nats.seed', 'session_secret'])
    expect(await read(folder, 'proxy', 'session_secret')).not.toBe(await read(folder, 'auth-server', 'session_secret'))
    expect(await readdir(join(folder, 'auditor'))).toEqual(['nats.seed'])
  })

  it('prints the server a configuration with the public halves only', async () => {
    const folder = await made()
    const config = await read(folder, 'nats', 'nats.conf')
    const seed = await read(folder, 'token-issuer', 'nats.seed')
    expect(config).toContain(publicNkeyOf(seed))
    expect(config).not.toContain(seed)
    expect(config).not.toMatch(/\bSU[A-Z2-7]{50}/)
  })
})
