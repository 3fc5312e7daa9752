import { Misconfigured, Secret } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { driverPlan, type RedisOptions } from './options.ts'

const base: RedisOptions = { host: 'redis.example', port: 6379, db: 0, ssl: false }

describe('storage.redis', () => {
  it('becomes a connection on which nothing is queued and nothing is sent twice', () => {
    const { kind, options } = driverPlan({ ...base, db: 3, username: 'u', password: new Secret('p') })
    expect(kind).toBe('single')
    expect(options).toMatchObject({
      host: 'redis.example',
      port: 6379,
      db: 3,
      username: 'u',
      password: 'p',
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      commandTimeout: 500,
      connectTimeout: 1_000,
    })
    expect(options).not.toHaveProperty('tls')
  })

  it('gives its time-outs in seconds', () => {
    const { options } = driverPlan({ ...base, socket_timeout: 2.5, socket_connect_timeout: 3 })
    expect(options).toMatchObject({ commandTimeout: 2_500, connectTimeout: 3_000 })
  })

  it.each([
    ['required', true],
    ['optional', true],
    [undefined, true],
    ['none', false],
  ] as const)('with ssl_cert_reqs %s checks the certificate: %s', (checked, rejectUnauthorized) => {
    const { options } = driverPlan({ ...base, ssl: true, ssl_cert_reqs: checked })
    expect(options).toMatchObject({ tls: { servername: 'redis.example', rejectUnauthorized } })
  })

  it('names no server by an address (RFC 6066 §3)', () => {
    const { options } = driverPlan({ ...base, host: '192.0.2.1', ssl: true })
    expect(options).toHaveProperty('tls')
    expect(options).not.toHaveProperty('tls.servername')
  })

  it('is a misconfiguration with authorities that cannot be read', () => {
    expect(() => driverPlan({ ...base, ssl: true, ssl_ca_certs: '/nowhere.pem' })).toThrow(
      new Misconfigured(['storage.redis.ssl_ca_certs: /nowhere.pem cannot be read (ENOENT)']),
    )
  })
})

describe('storage.redis.sentinel', () => {
  const sentinel = {
    name: 'main',
    nodes: ['s-1', 's-2:26380', '[2001:db8::1]:26381', '[2001:db8::2]'],
    username: 'watcher',
    password: new Secret('sp'),
  }

  it('replaces host and port by the sentinels', () => {
    const { kind, options } = driverPlan({ ...base, db: 2, password: new Secret('p'), sentinel })
    expect(kind).toBe('single')
    expect(options).not.toHaveProperty('host')
    expect(options).toMatchObject({
      name: 'main',
      sentinels: [
        { host: 's-1', port: 26_379 },
        { host: 's-2', port: 26_380 },
        { host: '2001:db8::1', port: 26_381 },
        { host: '2001:db8::2', port: 26_379 },
      ],
      sentinelUsername: 'watcher',
      sentinelPassword: 'sp',
      password: 'p',
      db: 2,
      sentinelCommandTimeout: 500,
    })
    expect(options).not.toHaveProperty('sentinelTLS')
  })

  it('has TLS to the servers and TLS to the sentinels, each when asked for', () => {
    const servers = driverPlan({ ...base, ssl: true, sentinel }).options
    expect(servers).toMatchObject({ enableTLSForSentinelMode: true, tls: { rejectUnauthorized: true } })
    expect(servers).not.toHaveProperty('sentinelTLS')
    // The master's name is not known before: its certificate must name what the sentinels call it.
    expect(servers).not.toHaveProperty('tls.servername')
    const both = driverPlan({ ...base, ssl: true, ssl_cert_reqs: 'none', sentinel: { ...sentinel, ssl: true } }).options
    expect(both).toMatchObject({ sentinelTLS: { rejectUnauthorized: false } })
  })

  it('does not stand beside a cluster', () => {
    expect(() => driverPlan({ ...base, sentinel, cluster: { nodes: ['a'] } })).toThrow(Misconfigured)
  })
})

describe('storage.redis.cluster', () => {
  it('begins at the nodes that are named, and repeats nothing after a failover', () => {
    const plan = driverPlan({ ...base, ssl: true, password: new Secret('p'), cluster: { nodes: ['a', 'b:7001'] } })
    expect(plan).toMatchObject({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7001 },
      ],
      options: {
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        redisOptions: { password: 'p', commandTimeout: 500, tls: { rejectUnauthorized: true } },
      },
    })
    expect(plan.options).not.toHaveProperty('redisOptions.tls.servername')
  })

  it('has one database', () => {
    expect(() => driverPlan({ ...base, db: 1, cluster: { nodes: ['a'] } })).toThrow(
      new Misconfigured(['storage.redis.db: a cluster has database 0 only']),
    )
  })
})
