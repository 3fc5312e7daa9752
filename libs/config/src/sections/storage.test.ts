import { describe, expect, it } from 'vitest'
import { redisSchema, vaultSchema } from './storage.ts'

const problemsOf = (section: Record<string, unknown>) =>
  (redisSchema.safeParse(section).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('storage.redis', () => {
  it('has the predecessor’s defaults, and answers in half a second', () => {
    expect(redisSchema.parse({})).toMatchObject({
      host: 'localhost',
      port: 6379,
      db: 0,
      ssl: false,
      ssl_cert_reqs: 'required',
      max_connections: 20,
      socket_timeout: 0.5,
      socket_connect_timeout: 1,
      health_check_interval: 30,
    })
  })

  it('is one server, or behind sentinels, or a cluster', () => {
    const sentinel = { name: 'main', nodes: ['s-1'] }
    expect(problemsOf({ sentinel })).toEqual([])
    expect(problemsOf({ cluster: { nodes: ['a:7000'] } })).toEqual([])
    expect(problemsOf({ sentinel, cluster: { nodes: ['a'] } })).toEqual(['cluster: cannot stand beside sentinel'])
  })

  it('has one database in a cluster', () => {
    expect(problemsOf({ db: 1, cluster: { nodes: ['a'] } })).toEqual(['db: must be 0: a cluster has no other database'])
  })

  it.each(['a b', 'redis://a:6379', 'a:123456', '', 'user@a'])('takes no node %j', (node) => {
    expect(problemsOf({ cluster: { nodes: [node] } })).toHaveLength(1)
  })
})

describe('storage.vault', () => {
  it('checks the server’s certificate unless it is told not to', () => {
    expect(vaultSchema.parse({})).toMatchObject({ verify_ssl: true, auth_method: 'token', timeout: 5 })
  })
})
