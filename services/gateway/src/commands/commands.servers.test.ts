/** The commands of an operator against one running process, over its socket. */

import { runProcess } from '@gateway/service'
import { emptyFolder, fakeHost, freePorts } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runCommandLine } from '../cli.ts'
import { run } from '../test-support/command-line.ts'

describe('an operator', () => {
  const folder = emptyFolder()
  let port: number
  let stop: () => Promise<void>
  let origin: string
  beforeAll(async () => {
    port = await freePorts(3)
    origin = `http://localhost:${port}`
    const host = fakeHost(['start', '--port', String(port)], {}, folder)
    const ended = runProcess(host, () => runCommandLine(host))
    const ready = async () => expect((await fetch(`${origin}/ready`)).status).toBe(200)
    await vi.waitFor(ready, { timeout: 10_000, interval: 50 })
    stop = async () => {
      host.signal('SIGINT')
      await ended
    }
  })
  afterAll(() => stop())

  const operator = (...args: string[]) => run([...args, '--port', String(port)], {}, folder)
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await operator(...args, '--json')).out)

  async function register(client_name: string): Promise<string> {
    const body = JSON.stringify({
      client_name,
      redirect_uris: ['http://localhost/cb'],
      token_endpoint_auth_method: 'none',
    })
    const answer = await fetch(`${origin}/oauth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
    return ((await answer.json()) as { client_id: string }).client_id
  }

  it('lists, shows, prunes and deletes clients', async () => {
    const id = await register('Editor\u001b[2J')
    expect((await operator('clients', 'list')).out).not.toContain(id)
    const { out } = await operator('clients', 'list', '--unused')
    expect(out).toContain(id)
    expect(out).not.toContain('\u001b')
    expect(await json('clients', 'list', 'editor', '--unused')).toMatchObject([{ client_id: id, status: 'unused' }])
    expect((await operator('clients', 'show', id)).out).toContain('http://localhost/cb')
    expect(await operator('clients', 'prune', '--unused-days', 'many')).toMatchObject({ code: 1 })
    expect(await json('clients', 'prune', '--unused-days', '400')).toEqual({ removed: false, clients: [] })
    expect((await operator('clients', 'delete', id)).err).toContain('confirm with --yes')
    expect((await operator('clients', 'delete', id, '--yes')).out).toContain('is deleted')
    expect(await operator('clients', 'show', 'nobody')).toMatchObject({
      code: 1,
      err: 'there is no client with this id\n',
    })
  })

  it('blocks, unblocks, revokes and erases users, seen or not', async () => {
    const user = 'demo:nobody-yet'
    expect((await operator('users', 'block', user)).code).toBe(0)
    expect(await json('users', 'show', user)).toMatchObject({ sub: user, blocked: true, grants: [] })
    expect((await operator('users', 'unblock', user)).out).toContain('may sign in again')
    expect((await operator('users', 'revoke', user)).out).toContain('a new sign-in is required')
    expect((await operator('users', 'revoke', user, '--family', 'x'.repeat(22))).err).toContain('no such grant')
    expect((await operator('users', 'show', user)).out).toMatch(/blocked +no\n/)
    expect((await operator('users', 'erase', user)).err).toContain('cannot be brought back')
    expect((await operator('users', 'erase', user, '--yes')).out).toContain('remains:')
    expect(await json('users', 'list')).toEqual([])
    expect(await operator('users', 'block', 'no-id')).toMatchObject({ code: 1 })
  })

  it('lists, rotates and retires keys', async () => {
    const ringed = (await json('keys', 'list')) as { ring: string; kid: string; status: string }[]
    expect(ringed.map(({ ring, status }) => [ring, status])).toEqual([
      ['access-token', 'active'],
      ['assertion', 'active'],
    ])
    const { kid } = (await json('keys', 'rotate', 'access-token')) as { kid: string }
    expect((await operator('keys', 'list')).out).toMatch(new RegExp(`${kid} +ES256 +pending`))
    const active = ringed[0]!.kid
    expect(await json('keys', 'retire', active, '--yes')).toMatchObject({ ring: 'access-token', kid: active })
    expect((await operator('keys', 'retire', active, '--yes')).err).toContain('no key with this id')
    expect((await operator('keys', 'rotate', 'one')).err).toContain('the rings are access-token and assertion')
  })

  it('lists and applies services, views and parked facts', async () => {
    expect((await operator('services', 'list')).out).toMatch(/calculator +Calculator +http.*required +read calculate/)
    expect(await json('services', 'apply')).toEqual({ services: 1, changes: 0 })
    const { projections } = (await json('projections', 'list')) as { projections: { service: string; name: string }[] }
    expect(new Set(projections.map(({ service }) => service))).toEqual(
      new Set(['auth-server', 'registry', 'token-issuer', 'proxy']),
    )
    expect((await operator('projections', 'verify', 'proxy')).out).toContain('equal')
    const { service, name } = projections[0]!
    expect((await operator('projections', 'rebuild', `${service}/${name}`)).code).toBe(0)
    expect((await operator('projections', 'verify', 'proxy/none')).err).toContain('no such projection')
    expect((await operator('projections', 'verify', 'nobody')).err).toContain('is none of')
    expect(await json('parked', 'list')).toEqual({ parked: [], silent: [] })
    expect((await operator('parked', 'retry', 'registry--clients-in-use/1')).err).toContain('not parked')
    expect((await operator('parked', 'drop', 'nonsense', '--yes')).err).toContain('gateway parked list')
  })

  it('finds in the audit what was done, by whom, and the command itself', async () => {
    await operator('users', 'block', 'demo:searched-for')
    const lines = async (...args: string[]) => {
      const { out } = await operator('audit', 'search', '--json', ...args)
      return out
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { type: string; data: Record<string, unknown> })
    }
    await vi.waitFor(async () => {
      const events = await lines('--user', 'demo:searched-for')
      expect(events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['audit.operator.asked', 'audit.identity.changed']),
      )
      expect(new Set(events.map(({ data }) => data.actor))).toEqual(new Set(['operator']))
      const [asked, changed] = ['audit.operator.asked', 'audit.identity.changed'].map((type) =>
        events.find((one) => one.type === type),
      )
      expect(asked?.data.request_id).toBe(changed?.data.request_id)
    })
    expect((await lines('--type', 'operator', '--user', 'demo:searched-for')).map(({ data }) => data.reason)).toEqual([
      'users block',
    ])
    expect(await lines('--type', 'login.failed')).toEqual([])
    expect(
      (await lines('--service', 'calculator', '--since', '1h')).every(({ data }) => data.service === 'calculator'),
    ).toBe(true)
    expect((await operator('audit', 'search', '--type', 'nonsense')).err).toContain('the areas are')
  })

  it('has nothing to seal anew in memory', async () => {
    expect(await operator('store', 'reseal')).toMatchObject({ code: 78 })
  })
})
