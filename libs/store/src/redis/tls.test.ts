import { Misconfigured, Secret } from '@gateway/kernel'
import { makeCertificates, type RedisServer, serverOrSkip, startRedisServer } from '@gateway/testing'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RedisOptions } from './options.ts'
import { redisStore } from './redis-store.ts'

const value = new TextEncoder().encode('v')

const ours = await serverOrSkip('Redis with TLS', () => start(['IP:127.0.0.1']))
const others = await serverOrSkip('Redis with another’s certificate', () => start(['DNS:redis.example']))
afterAll(() => Promise.all([ours?.stop(), others?.stop()]))

async function start(names: readonly string[]) {
  const certificates = await makeCertificates(names)
  const server = await startRedisServer({ tls: certificates, password: 'p' })
  const stop = async () => {
    await server.stop()
    await certificates.remove()
  }
  return { server, authority: certificates.authority, stop }
}

function options({ host, port }: RedisServer, overrides: Partial<RedisOptions> = {}): RedisOptions {
  return { host, port, db: 0, ssl: true, password: new Secret('p'), ...overrides }
}

async function works(settings: RedisOptions): Promise<boolean> {
  const store = await redisStore(settings)
  onTestFinished(() => store.close())
  await store.put('k', value)
  return (await store.get('k')) !== undefined
}

const failure = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  )

describe.skipIf(!ours?.server.ours || !others)('Redis over TLS', () => {
  it('is trusted when its authority is named', async () => {
    expect(await works(options(ours!.server, { ssl_ca_certs: ours!.authority }))).toBe(true)
  })

  it('is a misconfiguration when nobody that is trusted signed its certificate', async () => {
    const error = await failure(redisStore(options(ours!.server)))
    expect(error).toBeInstanceOf(Misconfigured)
    expect(String(error)).toMatch(/^Misconfigured: storage\.redis: .* name its authority in ssl_ca_certs$/)
    const strange = { ssl_ca_certs: others!.authority }
    expect(await failure(redisStore(options(ours!.server, strange)))).toBeInstanceOf(Misconfigured)
  })

  it('is a misconfiguration when its certificate is another host’s', async () => {
    const error = await failure(redisStore(options(others!.server, { ssl_ca_certs: others!.authority })))
    expect(String(error)).toBe('Misconfigured: storage.redis: the server’s certificate is another host’s')
  })

  it('is taken as it comes with ssl_cert_reqs none', async () => {
    expect(await works(options(ours!.server, { ssl_cert_reqs: 'none' }))).toBe(true)
    expect(await works(options(others!.server, { ssl_cert_reqs: 'none' }))).toBe(true)
  })
})
