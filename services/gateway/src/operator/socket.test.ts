import { statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { serve } from '@gateway/bus'
import { memoryBus } from '@gateway/bus/memory'
import { type AuditCloudEvent, blockUser, listUsers, retireKey } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { createAudit } from '@gateway/service'
import { emptyFolder, fakeClock, testDeps } from '@gateway/testing'
import { describe, expect, it, vi } from 'vitest'
import type { OnEvent } from './line.ts'
import { openOperatorSocket } from './socket.ts'
import { socketLine } from './socket-line.ts'
import { operatorSocketPath } from './socket-path.ts'

async function listening(folder = emptyFolder()) {
  const clock = fakeClock()
  // What is told here is no event of the contract: the line passes on whatever comes.
  const deps = await testDeps({ clock, bus: memoryBus({ clock }) })
  const path = operatorSocketPath('data', 8080, folder)
  const socket = await openOperatorSocket(path, deps)
  const audit = createAudit('proxy', deps)
  return { deps, path, socket, audit, folder }
}

async function tailSocket(path: string, options: { follow: boolean; since?: number | undefined }, onEvent: OnEvent) {
  const line = await socketLine(path)
  await line!.tail({ subject: 'audit.>', ...options }, onEvent)
}

describe('the operator’s socket', () => {
  it('is under data_dir, for its user alone', async () => {
    const { path, socket, folder } = await listening()
    expect(path).toBe(join(folder, 'data', 'gateway-8080.sock'))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    await socket?.stop()
  })

  it('tells the audit events that are there and those that come, until it stops', async () => {
    const { path, socket, audit } = await listening()
    audit.record('audit.mcp.denied', { decision: 'denied', reason: 'first' })
    const reasons: unknown[] = []
    const told = (event: AuditCloudEvent) => reasons.push(event.data.reason)
    const tail = tailSocket(path, { follow: true }, told)
    await vi.waitFor(() => expect(reasons).toEqual(['first']))
    audit.record('audit.mcp.denied', { decision: 'denied', reason: 'second' })
    await vi.waitFor(() => expect(reasons).toEqual(['first', 'second']))
    await audit.close()
    await socket?.stop()
    await tail
  })

  it('ends with what is there when nobody wants to follow, and begins where it was told to', async () => {
    const { path, socket, audit, deps } = await listening()
    audit.record('audit.mcp.request', { decision: 'allowed', status: 1 })
    await audit.close()
    deps.clock.advance(60_000)
    const since = deps.clock()
    const warn = vi.spyOn(deps.log, 'warn')
    await deps.bus.publish('audit.other', 'no-event', '{"specversion":"1.0","id":"cut off')
    const later = createAudit('proxy', deps)
    later.record('audit.mcp.request', { decision: 'allowed', status: 2 })
    await later.close()
    const statuses = async (from: number | undefined) => {
      const seen: unknown[] = []
      await tailSocket(path, { follow: false, since: from }, (event) => seen.push(event.data.status))
      return seen
    }
    expect(await statuses(undefined)).toEqual([1, 2])
    expect(warn.mock.calls).toEqual([
      [{ stream: 'AUDIT', subject: 'audit.other', sequence: 2 }, 'an audit message cannot be read and is passed over'],
    ])
    expect(await statuses(since)).toEqual([2])
    await socket?.stop()
  })

  it('answers what it does not know with an error, and a cut-off or overlong request with nothing', async () => {
    const { path, socket } = await listening()
    const say = async (bytes: string) => {
      const connection = createConnection(path)
      connection.on('error', () => undefined)
      connection.end(bytes)
      return text(connection).catch(() => '')
    }
    expect(await say('{"command":"users.list"}\n')).toContain('does not know the command')
    expect(await say('no json\n')).toContain('does not know the command')
    expect(await say('')).toBe('')
    expect(await say('x'.repeat(100_000))).not.toContain('event')
    await socket?.stop()
  })

  it('takes the place of a socket that a killed process left behind, never of a living one', async () => {
    const { path, socket, folder } = await listening()
    expect((await listening(folder)).socket).toBeUndefined()
    await tailSocket(path, { follow: false }, () => undefined)
    await socket?.stop()
    writeFileSync(path, '')
    const again = await listening(folder)
    expect(again.socket).toBeDefined()
    await again.socket?.stop()
  })

  it('is nowhere where nobody answers', async () => {
    expect(await socketLine(join(emptyFolder(), 'no.sock'))).toBeUndefined()
  })

  it('forwards what operators may ask, once it stands in the audit, and its answer', async () => {
    const { path, socket, deps } = await listening()
    const asked: unknown[] = []
    const serving = await serve(deps.bus, blockUser, deps.clock, async ({ sub }, { requestId }) => {
      const recorded: AuditCloudEvent[] = []
      await tailSocket(path, { follow: false }, (event) => recorded.push(event))
      asked.push([sub, requestId, recorded.map(({ type, data }) => ({ type, ...data }))])
      return {}
    })
    const line = await socketLine(path)
    const command = { name: 'users block', about: { sub: 'google:1' } }
    expect(await line!.operate(command, ({ ask }) => ask(blockUser, { sub: 'google:1' }))).toEqual({})
    const [[sub, requestId, recorded]] = asked as [[string, string, unknown[]]]
    expect(sub).toBe('google:1')
    expect(recorded).toEqual([
      {
        type: 'audit.operator.asked',
        decision: 'recorded',
        reason: 'users block',
        sub: 'google:1',
        actor: 'operator',
        request_id: requestId,
      },
    ])
    await serving.stop()
    await socket?.stop()
  })

  it('tells what the owner refuses, what is missing, and goes on', async () => {
    const { path, socket, deps } = await listening()
    const serving = await serve(deps.bus, retireKey, deps.clock, async ({ kid }) => {
      throw new Refusal('key_unknown', { kid })
    })
    const line = await socketLine(path)
    await line!.operate({ name: 'keys retire', about: {} }, async ({ ask }) => {
      await expect(ask(retireKey, { kid: 'k' })).rejects.toMatchObject({ code: 'key_unknown', detail: { kid: 'k' } })
      await expect(ask(listUsers, {})).rejects.toMatchObject({ dependency: 'provider-bridge' })
      await expect(ask(blockUser, { sub: 'not an id' })).rejects.toMatchObject({ dependency: 'provider-bridge' })
      await expect(ask(retireKey, { kid: 'k' })).rejects.toBeInstanceOf(Refusal)
    })
    await serving.stop()
    await socket?.stop()
  })

  it('forwards nothing that operators have no business with, nor anything that cannot be recorded', async () => {
    const { path, socket, deps } = await listening()
    const line = await socketLine(path)
    const forged = { ...blockUser, subject: 'req.token-issuer.issue-token' }
    const asking = line!.operate({ name: 'users block', about: {} }, ({ ask }) => ask(forged, { sub: 'a:b' }))
    await expect(asking).rejects.toThrow('does not know the command')
    await deps.bus.close()
    const unrecorded = line!.operate({ name: 'users block', about: {} }, async () => 'done')
    await expect(unrecorded).rejects.toBeInstanceOf(Unavailable)
    await socket?.stop()
  })
})
