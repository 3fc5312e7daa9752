/** What operators are told of any service's views and parked facts, and what they may do about them. */
import { call, isCommit, type StoredMessage, UnreadableFact, type View } from '@gateway/bus'
import {
  durables,
  type ManageParkedInput,
  type ManageProjectionsInput,
  manageParked,
  manageProjections,
  sources,
} from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { type TestDeps, testDeps } from '@gateway/testing'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { App, AppDeps } from './app.ts'
import { createMaintained } from './maintenance.ts'

const KEYS = sources.keys.stream
const KEY_SUBJECT = 'evt.token-issuer.signing-key.a'

/** Keeps the newest state of each subject; `forgetful` loses every other fact, as a bug would. */
class NewestView implements View {
  readonly states = new Map<string, unknown>()
  forgetful = false

  reset(): void {
    this.states.clear()
  }

  apply({ subject, sequence, data }: StoredMessage): void {
    if (isCommit(data) && !(this.forgetful && sequence % 2 === 0)) this.states.set(subject, data.state)
  }

  snapshot(): unknown {
    return this.states
  }

  fresh(): NewestView {
    return new NewestView()
  }
}

describe('a maintained service', () => {
  let deps: TestDeps
  let app: App
  let view: NewestView
  let readable: boolean

  beforeEach(async () => {
    deps = await testDeps()
    view = new NewestView()
    readable = false
    const running: { stop(): Promise<void> }[] = []
    const createApp = async ({ bus }: AppDeps): Promise<App> => ({
      async start() {
        const projection = await bus.project(sources.keys, view)
        await projection.caughtUp
        const { stream, name } = durables.auditKeys
        const reaction = await bus.consume({ stream, name }, async ({ data }) => {
          if (!readable && !isCommit(data)) throw new UnreadableFact('no commit')
        })
        running.push(projection, reaction)
      },
      checks: () => [],
      async stop() {
        for (const part of running) await part.stop()
      },
    })
    app = await createMaintained('token-issuer', createApp, deps)
  })
  afterEach(() => app.stop())

  const context = () => ({ requestId: newId(), now: deps.clock() })
  const askViews = (input: ManageProjectionsInput) =>
    call(deps.bus, manageProjections['token-issuer'], input, context()).then(({ projections }) => projections)
  const askParked = (input: ManageParkedInput) => call(deps.bus, manageParked['token-issuer'], input, context())
  const commit = (version: number, state: unknown) =>
    deps.bus.append(
      KEY_SUBJECT,
      `r${version}.x-0`,
      { id: `r${version}.x-0`, version, at: 0, actor: 'operator', events: [], state, stateVersion: 1 },
      version - 1,
    )

  it('lists its views: position, how far behind, and a digest that follows what they hold', async () => {
    await commit(1, { n: 1 })
    await app.start()
    const [before] = await askViews({ action: 'list' })
    expect(before).toEqual({ name: KEYS, stream: KEYS, position: 1, lag: 0, digest: expect.any(String) })
    await commit(2, { n: 2 })
    await vi.waitFor(async () => expect(await askViews({ action: 'list' })).toMatchObject([{ position: 2 }]))
    const [after] = await askViews({ action: 'list' })
    expect(after?.digest).not.toBe(before?.digest)
  })

  it('verifies a view against the stream folded afresh', async () => {
    await commit(1, { n: 1 })
    await app.start()
    const [told] = await askViews({ action: 'verify', name: KEYS })
    expect(told?.expected).toBe(told?.digest)
  })

  it('finds a view that has missed a fact, and mends it by a rebuild that nobody can see through', async () => {
    view.forgetful = true
    await commit(1, { n: 1 })
    await commit(2, { n: 2 })
    await app.start()
    // It is looked at for two seconds before it is said to be wrong.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const verifying = askViews({ action: 'verify', name: KEYS })
    await vi.advanceTimersByTimeAsync(2_000)
    const [wrong] = await verifying
    expect(wrong?.digest).not.toBe(wrong?.expected)
    view.forgetful = false
    const seen = new Set<number>()
    const watching = setInterval(() => seen.add(view.states.size), 0)
    const [rebuilt] = await askViews({ action: 'rebuild', name: KEYS })
    clearInterval(watching)
    expect(seen).not.toContain(0)
    expect(rebuilt?.digest).toBe(wrong?.expected)
    await commit(3, { n: 3 })
    await vi.waitFor(() => expect(view.states.get(KEY_SUBJECT)).toEqual({ n: 3 }))
  })

  it('knows no other view', async () => {
    await app.start()
    await expect(askViews({ action: 'verify', name: 'EVT_OTHERS' })).rejects.toMatchObject({
      code: 'unknown_projection',
    })
  })

  it('tells how far each view is behind as a metric', async () => {
    await commit(1, { n: 1 })
    await app.start()
    expect(await deps.metrics.metrics()).toContain(`gateway_projection_lag{of="token-issuer",projection="${KEYS}"} 0`)
  })

  it('lists what is parked, has it tried again, or drops it', async () => {
    await app.start()
    await deps.bus.publish(KEY_SUBJECT, 'e1', 'no commit')
    await deps.bus.publish(KEY_SUBJECT, 'e2', 'no commit')
    await vi.waitFor(async () => expect((await askParked({ action: 'list' })).parked).toHaveLength(2))
    const { parked } = await askParked({ action: 'list' })
    const place = { durable: durables.auditKeys.name, sequence: 1 }
    expect(parked[0]).toEqual({ ...place, stream: KEYS, subject: KEY_SUBJECT, reason: 'no commit', at: deps.clock() })
    await expect(askParked({ action: 'retry', ...place })).rejects.toMatchObject({ code: 'still_unreadable' })
    readable = true
    expect((await askParked({ action: 'retry', ...place })).parked).toHaveLength(1)
    expect((await askParked({ action: 'drop', ...place, sequence: 2 })).parked).toEqual([])
    expect((await askParked({ action: 'list' })).parked).toEqual([])
    await expect(askParked({ action: 'drop', ...place })).rejects.toMatchObject({ code: 'not_parked' })
  })
})
