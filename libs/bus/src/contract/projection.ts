/** What every projection does. */
import { Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import type { StoredMessage, View } from '../ports.ts'
import { type Adapter, eachInItsOwnWorld, eventually, pauseMs } from './under-test.ts'

/** A view that remembers what it was given. */
function recorder(): View & { readonly seen: StoredMessage[]; resets: number; data(): unknown[] } {
  const seen: StoredMessage[] = []
  return {
    seen,
    resets: 0,
    apply: (message) => {
      seen.push(message)
    },
    reset() {
      this.resets++
      seen.length = 0
    },
    data: () => seen.map((message) => message.data),
  }
}

export function projectionContract(name: string, adapter: Adapter): void {
  describe(`${name} as stream reader: projections`, () => {
    const world = eachInItsOwnWorld(adapter)
    const everything = () => ({ stream: `EVT_${world().scope}`, subject: world().subject('*') })

    it('has caught up with an empty stream at once', async () => {
      await world().ensureStream()
      const view = recorder()
      const projection = await world().bus.project(everything(), view)
      await projection.caughtUp
      expect(projection.lag()).toBe(0)
      expect(view).toMatchObject({ seen: [], resets: 0 })
      await projection.stop()
    })

    it('replays all there is, then follows, in order', async () => {
      await world().ensureStream()
      const { bus, replica, subject } = world()
      for (let n = 0; n < 1_500; n++) void bus.publish(subject(`s${n % 7}`), `e${n}`, n)
      await bus.publish(subject('s'), 'e1500', 1_500)
      const view = recorder()
      const projection = await replica.project(everything(), view)
      await projection.caughtUp
      expect(view.seen).toHaveLength(1_501)
      for (let n = 1_501; n < 1_600; n++) await bus.publish(subject('s'), `e${n}`, n)
      await eventually(() => expect(view.seen).toHaveLength(1_600))
      expect(view.data()).toEqual(Array.from({ length: 1_600 }, (_, n) => n))
      expect(view.seen.map((message) => message.sequence)).toEqual(Array.from({ length: 1_600 }, (_, n) => n + 1))
      expect(projection.lag()).toBe(0)
      await projection.stop()
    })

    it('gives the view the message as `last` has it', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      const view = recorder()
      const projection = await bus.project(everything(), view)
      await bus.append(subject('a'), 'r1.0', { n: 1 }, 0)
      await eventually(() => expect(view.seen).toHaveLength(1))
      expect(view.seen[0]).toEqual(await bus.last(subject('a')))
      await projection.stop()
    })

    it.each([
      ['one subject', 'b', [2, 4]],
      ['every subject one level down', '*', [1, 2, 3, 4]],
      ['everything below', '>', [1, 2, 3, 4, 5]],
    ])('selects %s', async (_what, last, expected) => {
      const { bus, scope, subject } = world()
      await world().ensureStream({ subjects: [`evt.${scope}.>`] })
      for (const [index, at] of ['a', 'b', 'a', 'b', 'a.deeper'].entries()) {
        await bus.publish(subject(at), `e${index + 1}`, index + 1)
      }
      const view = recorder()
      const projection = await bus.project({ stream: `EVT_${scope}`, subject: subject(last) }, view)
      await projection.caughtUp
      expect(view.data()).toEqual(expected)
      expect(projection.lag()).toBe(0)
      await projection.stop()
    })

    it('selects by any of the tokens', async () => {
      const { bus, scope } = world()
      await world().ensureStream({ subjects: [`evt.${scope}.>`] })
      await bus.publish(`evt.${scope}.a.1`, 'e1', 1)
      await bus.publish(`evt.${scope}.a.2`, 'e2', 2)
      await bus.publish(`evt.${scope}.b.2`, 'e3', 3)
      const view = recorder()
      const projection = await bus.project({ stream: `EVT_${scope}`, subject: `evt.${scope}.*.2` }, view)
      await projection.caughtUp
      expect(view.data()).toEqual([2, 3])
      await projection.stop()
    })

    it('starts from a time', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      await bus.publish(subject('a'), 'e1', 'before')
      await pauseMs(30)
      await bus.publish(subject('a'), 'e2', 'after')
      const since = (await bus.last(subject('a')))?.time ?? 0
      const view = recorder()
      const projection = await bus.project({ ...everything(), since: since - 5 }, view)
      await projection.caughtUp
      expect(view.data()).toEqual(['after'])
      await projection.stop()
    })

    it('goes on after a view that threw, and says so', async () => {
      await world().ensureStream()
      const { bus, subject, failures } = world()
      const applied: unknown[] = []
      const view: View = {
        reset: () => undefined,
        apply: (message) => {
          if (message.data === 'bad') throw new RangeError('a bug in the view')
          applied.push(message.data)
        },
      }
      await bus.publish(subject('a'), 'e1', 'bad')
      await bus.publish(subject('a'), 'e2', 'good')
      const projection = await bus.project(everything(), view)
      await projection.caughtUp
      expect(applied).toEqual(['good'])
      expect(failures).toEqual([
        { error: new RangeError('a bug in the view'), at: expect.objectContaining({ activity: 'project' }) },
      ])
      await projection.stop()
    })

    it('applies nothing after it was stopped', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      const view = recorder()
      const projection = await bus.project(everything(), view)
      await projection.caughtUp
      await projection.stop()
      await bus.publish(subject('a'), 'e1', 1)
      await pauseMs(100)
      expect(view.seen).toEqual([])
    })

    it('waits for a stream that does not exist yet, and says that it does', async () => {
      const view = recorder()
      const projection = await world().bus.project(everything(), view)
      expect(projection.lag()).toBe(Number.POSITIVE_INFINITY)
      await eventually(() =>
        expect(world().failures).toContainEqual(expect.objectContaining({ error: expect.any(Unavailable) })),
      )
      await world().ensureStream()
      await world().bus.publish(world().subject('a'), 'e1', 1)
      await projection.caughtUp
      await eventually(() => expect(view.data()).toEqual([1]))
      await projection.stop()
    })

    it('rejects the wait for the catch-up when it is stopped before', async () => {
      const projection = await world().bus.project(everything(), recorder())
      await projection.stop()
      await expect(projection.caughtUp).rejects.toBeInstanceOf(Unavailable)
    })

    const { publishBytes, deleteStream } = adapter

    it.skipIf(!publishBytes)('hands out bytes that are no JSON as undefined', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      await publishBytes?.(subject('a'), Uint8Array.of(0xff, 0x7b, 0x00))
      await bus.publish(subject('a'), 'e2', 'readable')
      const view = recorder()
      const projection = await bus.project(everything(), view)
      await projection.caughtUp
      expect(view.data()).toEqual([undefined, 'readable'])
      await projection.stop()
    })

    it.skipIf(!deleteStream)('forgets everything and begins anew when the stream was made anew', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      for (let n = 0; n < 5; n++) await bus.publish(subject('a'), `old${n}`, `old ${n}`)
      const view = recorder()
      const projection = await bus.project(everything(), view)
      await projection.caughtUp
      await deleteStream?.(`EVT_${world().scope}`)
      await world().ensureStream()
      // More than before: whoever goes on at "last seen + 1" skips the first five.
      for (let n = 0; n < 8; n++) await bus.publish(subject('a'), `new${n}`, n)
      await eventually(() => expect(view.data()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]))
      expect(view.resets).toBe(1)
      expect(projection.lag()).toBe(0)
      await projection.stop()
    })
  })
}
