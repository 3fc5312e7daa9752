/** Operators over NATS, with the key that the contracts give them: what they see, what they do, what the audit says of it. */
import { createOAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { type Operator, startOperator } from './stack/operator.ts'
import { callModern, type Granted, obtainGrant } from './wire.ts'

interface User {
  readonly sub: string
}

describe('an operator of a deployment', () => {
  let stack: FiveProcesses
  let granted: Granted
  let operator: Operator

  beforeAll(async () => {
    stack = await startFiveProcesses()
    granted = await obtainGrant(stack, createOAuthClient(stack.issuer))
    operator = await startOperator(stack)
  })
  afterAll(async () => {
    await operator?.stop()
    await stack?.stop()
  })

  const gateway = (...args: string[]) => operator.gateway(...args)
  const json = <T>(...args: string[]) => operator.json<T>(...args)

  it('sees who signed in, with which client, to which service', async () => {
    const [user] = await json<User[]>('users', 'list')
    const { grants } = await json<{ grants: { client_id: string; resource: string }[] }>('users', 'show', user!.sub)
    expect(grants).toMatchObject([{ resource: stack.mcpUrl }])
    const clients = await json<{ client_id: string }[]>('clients', 'list')
    expect(clients.map(({ client_id }) => client_id)).toContain(grants[0]!.client_id)
    expect((await gateway('services', 'list')).out).toContain('calculator')
  })

  it('finds every view equal to its stream folded afresh', async () => {
    for (const service of ['auth-server', 'registry', 'token-issuer', 'proxy']) {
      const { code, out } = await gateway('projections', 'verify', service)
      expect([service, code, out]).toEqual([service, 0, expect.stringContaining('equal')])
      expect(out).not.toContain('DIFFERS')
    }
    expect(await json('parked', 'list')).toEqual({ parked: [], silent: [] })
  })

  it('rotates keys, and nobody is refused', async () => {
    const { kid } = await json<{ kid: string }>('keys', 'rotate', 'access-token')
    expect((await gateway('keys', 'list')).out).toContain(kid)
    expect((await callModern(stack, granted.accessToken, 'whoami')).status).toBe(200)
  })

  it('finds everything in the store sealed with the active key', async () => {
    const report = await json<{ resealed: number; current: number; unreadable: unknown[] }>('store', 'reseal')
    expect(report).toMatchObject({ resealed: 0, unreadable: [] })
    expect(report.current).toBeGreaterThan(0)
  })

  it('ends what a user holds, at once, and the audit says who did it', async () => {
    const [user] = await json<User[]>('users', 'list')
    expect((await gateway('users', 'block', user!.sub)).code).toBe(0)
    expect((await callModern(stack, granted.accessToken, 'whoami')).status).toBe(401)
    const { out } = await gateway('audit', 'search', '--user', user!.sub, '--json')
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; data: { actor?: string } })
    const byOperator = events.filter(({ data }) => data.actor === 'operator').map(({ type }) => type)
    expect(byOperator).toEqual(expect.arrayContaining(['audit.operator.asked', 'audit.identity.changed']))
  })
})
