/** Whoever was asked and died, or froze, is not waited for: another replica answers, and what was asked happens once. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { newId } from '@gateway/kernel'
import { serverOrSkip, startNatsServer } from '@gateway/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { load } from '../handle.ts'
import { call } from '../operations.ts'
import { connectNats, type NatsBus } from './bus.ts'
import { type Child, startChild } from './test-support/child.ts'
import { count, counter, countSurely, respond, STREAM, type Trouble } from './test-support/responder.ts'

const server = await serverOrSkip('requests that are asked again over nats-server', () => startNatsServer())

describe.skipIf(!server)('a request that may be asked again', () => {
  const url = server?.url ?? ''
  let caller: NatsBus
  let other: NatsBus
  let child: Child

  beforeAll(async () => {
    caller = await connectNats({ url, name: 'caller', streams: [STREAM] })
    await caller.ensureStream(STREAM)
    other = await respond(url)
  })
  beforeEach(async () => {
    child = await startChild(url)
  })
  afterEach(async () => {
    const { process: ended } = child
    if (ended.exitCode === null && ended.signalCode === null) {
      ended.kill('SIGKILL')
      await once(ended, 'exit')
    }
  })
  afterAll(async () => {
    for (const bus of [other, caller]) await bus?.close()
    await server?.stop()
  })

  /** Until one has reached the child: the queue gives each to either. What each was answered, by its id. */
  async function askUntilChildHasIt(inChild: Trouble) {
    for (let n = 0; n < 40; n++) {
      const [id, requestId] = [newId(), newId()]
      const answer = await call(caller, countSurely, { id, inChild }, { requestId, now: Date.now() })
      if (inChild === 'frozen before' ? isStopped() : child.handled().includes(requestId))
        return { id, requestId, answer }
    }
    return expect.fail('the queue gave the child nothing')
  }
  /** proc(5): T is stopped. */
  const isStopped = () => /^State:\s+T/m.test(readFileSync(`/proc/${child.process.pid}/status`, 'utf8'))
  const totalOf = async (id: string) => (await load(caller, counter, id)).state

  it.each(['killed after', 'frozen after', 'frozen before'] as const)(
    'is answered by another replica when the first is %s it has done it, and is done once',
    async (trouble) => {
      const { id, answer } = await askUntilChildHasIt(trouble)
      expect(answer).toEqual({ total: 1, pid: process.pid })
      expect(await totalOf(id)).toBe(1)
      if (trouble === 'killed after') return
      child.process.kill('SIGCONT')
      await vi.waitFor(() => expect(isStopped()).toBe(false))
      await vi.waitFor(
        async () => {
          const { pid } = await call(caller, count, { id: newId() }, { requestId: newId(), now: Date.now() })
          expect(pid).toBe(child.process.pid)
        },
        { timeout: 10_000, interval: 1 },
      )
      expect(await totalOf(id)).toBe(1)
    },
  )

  it('is not begun by a replica that wakes up to it when it has been asked again', async () => {
    child.process.kill('SIGSTOP')
    await vi.waitFor(() => expect(isStopped()).toBe(true))
    const ids = Array.from({ length: 8 }, () => newId())
    const answers = await Promise.all(
      ids.map((requestId) => call(caller, countSurely, { id: requestId }, { requestId, now: Date.now() })),
    )
    expect(answers).toEqual(ids.map(() => ({ total: 1, pid: process.pid })))
    child.process.kill('SIGCONT')
    await vi.waitFor(
      async () => {
        const { pid } = await call(caller, count, { id: newId() }, { requestId: newId(), now: Date.now() })
        expect(pid).toBe(child.process.pid)
      },
      { timeout: 10_000, interval: 1 },
    )
    expect(ids.filter((id) => child.handled().includes(id))).toEqual([])
  })

  it('is left to a replica that works on it for longer, which says so', async () => {
    const { id, answer } = await askUntilChildHasIt('slow')
    expect(answer).toEqual({ total: 1, pid: child.process.pid })
    expect(await totalOf(id)).toBe(1)
  })
})
