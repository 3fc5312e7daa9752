/** A replica that was frozen and wakes up does no harm: what it comes to too late, another one has served. */
import type { ChildProcess } from 'node:child_process'
import { newId, Unavailable } from '@gateway/kernel'
import { serverOrSkip, startNatsServer } from '@gateway/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { load } from '../handle.ts'
import { call } from '../operations.ts'
import { connectNats, type NatsBus } from './bus.ts'
import { startChild } from './test-support/child.ts'
import { count, counter, respond, STREAM } from './test-support/responder.ts'

const server = await serverOrSkip('a frozen responder over nats-server', () => startNatsServer())

describe.skipIf(!server)('a responder that is frozen', () => {
  const url = server?.url ?? ''
  const open: NatsBus[] = []
  let caller: NatsBus
  let child: ChildProcess
  let handledByChild: () => string

  beforeAll(async () => {
    caller = await connectNats({ url, name: 'caller', streams: [STREAM] })
    await caller.ensureStream(STREAM)
    const started = await startChild(url)
    child = started.process
    handledByChild = started.handled
  })
  afterEach(() => child.kill('SIGCONT'))
  afterAll(async () => {
    child?.kill('SIGKILL')
    for (const bus of [...open, caller]) await bus.close()
    await server?.stop()
  })

  const ask = (id: string, requestId: string) => call(caller, count, { id }, { requestId, now: Date.now() })
  const totalOf = async (id: string) => (await load(caller, counter, id)).state

  it('answers before and after as any other', async () => {
    const id = newId()
    expect(await ask(id, newId())).toEqual({ total: 1, pid: child.pid })
  })

  it('drops what its caller has given up, though another replica was asked the same and then more', async () => {
    const id = newId()
    child.kill('SIGSTOP')
    const given = Array.from({ length: 5 }, () => newId())
    for (const requestId of given) await expect(ask(id, requestId)).rejects.toBeInstanceOf(Unavailable)
    open.push(await respond(url))
    const served = new Set<string>()
    // The queue may still hand some to the frozen one: asked again, as a client does, until it is answered.
    for (const requestId of [...given, newId(), newId()]) {
      await vi.waitFor(() => ask(id, requestId), { timeout: 15_000, interval: 1 })
      served.add(requestId)
    }
    const before = await totalOf(id)
    expect(before).toBe(served.size)
    child.kill('SIGCONT')
    await vi.waitFor(async () => expect((await ask(newId(), newId())).pid).toBe(child.pid), {
      timeout: 10_000,
      interval: 1,
    })
    expect(given.filter((requestId) => handledByChild().includes(requestId))).toEqual([])
    expect(await totalOf(id)).toBe(before)
  })
})
