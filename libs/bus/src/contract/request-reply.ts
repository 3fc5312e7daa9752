/** What every requester and responder do together. */
import { Refusal, Unavailable, Unreadable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { type Adapter, eachInItsOwnWorld, eventually, pauseMs } from './under-test.ts'

export function requestReplyContract(name: string, adapter: Adapter): void {
  describe(`${name} as requester and responder`, () => {
    const world = eachInItsOwnWorld(adapter)
    const subject = () => `req.${world().scope}.do-it`
    const context = (timeoutMs = 2_000) => ({ requestId: 'r1', deadline: world().now() + timeoutMs })
    const rejection = (promise: Promise<unknown>) =>
      promise.then(
        (answer) => expect.fail(`answered ${JSON.stringify(answer)}`),
        (error: unknown) => error,
      )

    it('carries value, request id and deadline there, and the answer back', async () => {
      const { bus, replica } = world()
      const asked = context()
      await replica.serve(subject(), 'q', async (data, received) => ({ data, received }))
      const answer = await bus.request(subject(), { text: 'hé', nothing: null }, asked)
      expect(answer).toEqual({ data: { text: 'hé', nothing: null }, received: asked })
    })

    it('carries 200 kB both ways', async () => {
      const { bus, replica } = world()
      const value = { text: 'x'.repeat(200_000) }
      await replica.serve(subject(), 'q', async (data) => data)
      expect(await bus.request(subject(), value, context())).toEqual(value)
    })

    it('is unavailable at once when nobody serves, and names who should', async () => {
      const { bus, scope } = world()
      const startedAt = performance.now()
      const error = await rejection(bus.request(subject(), {}, context(30_000)))
      expect(error).toMatchObject({ name: 'Unavailable', dependency: scope })
      expect(performance.now() - startedAt).toBeLessThan(2_000)
    })

    it('gives each request to one member of a queue, and work to every member', async () => {
      const { bus, replica } = world()
      const counts = [0, 0]
      const count = (index: number) => async () => {
        counts[index] = (counts[index] ?? 0) + 1
        return index
      }
      await bus.serve(subject(), 'q', count(0))
      await replica.serve(subject(), 'q', count(1))
      await Promise.all(Array.from({ length: 200 }, () => bus.request(subject(), {}, context())))
      expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(200)
      expect(Math.min(...counts)).toBeGreaterThan(20)
    })

    it('gives up at the deadline', async () => {
      const { bus, replica, scope } = world()
      await replica.serve(subject(), 'q', () => new Promise(() => undefined))
      const error = await rejection(bus.request(subject(), {}, context(100)))
      expect(error).toMatchObject({ name: 'Unavailable', dependency: scope })
    })

    it('does not ask when the deadline has passed', async () => {
      const { bus, replica } = world()
      let calls = 0
      await replica.serve(subject(), 'q', async () => ++calls)
      expect(await rejection(bus.request(subject(), {}, context(-1)))).toBeInstanceOf(Unavailable)
      await pauseMs(50)
      expect(calls).toBe(0)
    })

    it('drops what reaches the responder after its deadline', async () => {
      const { bus, replica } = world()
      let calls = 0
      await replica.serve(subject(), 'q', async () => ++calls)
      const asking = rejection(bus.request(subject(), {}, context(200)))
      world().advance(1_000)
      expect(await asking).toBeInstanceOf(Unavailable)
      expect(calls).toBe(0)
    })

    it('carries a refusal across with code and detail', async () => {
      const { bus, replica } = world()
      await replica.serve(subject(), 'q', async () => {
        throw new Refusal('client_exists', { client: 'c1', tried: [1, 2] })
      })
      const error = await rejection(bus.request(subject(), {}, context()))
      expect(error).toBeInstanceOf(Refusal)
      expect(error).toMatchObject({ code: 'client_exists', detail: { client: 'c1', tried: [1, 2] } })
      expect(world().failures).toEqual([])
    })

    it('carries an outage across with what is missing and when to come back', async () => {
      const { bus, replica } = world()
      await replica.serve(subject(), 'q', async () => {
        throw new Unavailable('store', { retryAfterSeconds: 17, cause: new Error('redis://secret@host') })
      })
      const error = await rejection(bus.request(subject(), {}, context()))
      expect(error).toBeInstanceOf(Unavailable)
      expect(error).toMatchObject({ dependency: 'store', retryAfterSeconds: 17, cause: undefined })
    })

    it('reports what is stored and cannot be read where it was met; its caller learns of an outage', async () => {
      const { bus, replica, failures } = world()
      const cause = new Unreadable('the stored value a is damaged')
      await replica.serve(subject(), 'q', async () => {
        throw new Unavailable('store', { cause })
      })
      const error = await rejection(bus.request(subject(), {}, context()))
      expect(error).toMatchObject({ name: 'Unavailable', dependency: 'store', cause: undefined })
      expect(failures).toEqual([{ error: cause, at: { activity: 'serve', of: subject() } }])
    })

    it('tells the caller of a bug that it failed, and only its own side how', async () => {
      const { bus, replica, scope, failures } = world()
      await replica.serve(subject(), 'q', async () => {
        throw new RangeError('the password is 1234')
      })
      const error = await rejection(bus.request(subject(), {}, context()))
      expect(error).toMatchObject({ name: 'Unavailable', dependency: scope })
      expect(JSON.stringify([error, String(error), String((error as Error).cause)])).not.toContain('1234')
      expect(failures).toEqual([
        { error: new RangeError('the password is 1234'), at: { activity: 'serve', of: subject() } },
      ])
    })

    it('treats an answer that has no JSON form as a bug', async () => {
      const { bus, replica, failures } = world()
      await replica.serve(subject(), 'q', async () => ({ value: 1n }))
      expect(await rejection(bus.request(subject(), {}, context()))).toBeInstanceOf(Unavailable)
      expect(failures).toHaveLength(1)
    })

    it('shares no mutable object between the two sides', async () => {
      const { bus, replica } = world()
      const kept = { list: ['the responder has'] }
      const asked = { list: ['the caller has'] }
      await replica.serve(subject(), 'q', async (data) => {
        ;(data as typeof asked).list.push('changed by the responder')
        return kept
      })
      const answer = (await bus.request(subject(), asked, context())) as typeof kept
      answer.list.push('changed by the caller')
      expect(asked.list).toEqual(['the caller has'])
      expect(kept.list).toEqual(['the responder has'])
    })

    it('answers null for a handler that answers nothing', async () => {
      const { bus, replica } = world()
      await replica.serve(subject(), 'q', async () => undefined)
      expect(await bus.request(subject(), undefined, context())).toBeNull()
    })

    it('finishes what has begun when it is stopped, and takes nothing new', async () => {
      const { bus, replica } = world()
      const gate = Promise.withResolvers<void>()
      let begun = 0
      const serving = await replica.serve(subject(), 'q', async () => {
        begun++
        await gate.promise
        return 'finished'
      })
      const asking = bus.request(subject(), {}, context())
      await eventually(() => expect(begun).toBe(1))
      let stopped = false
      const stopping = serving.stop().then(() => {
        stopped = true
      })
      await pauseMs(50)
      expect(stopped).toBe(false)
      gate.resolve()
      expect(await asking).toBe('finished')
      await stopping
      expect(await rejection(bus.request(subject(), {}, context()))).toBeInstanceOf(Unavailable)
      expect(begun).toBe(1)
    })

    it('loses no request while one of two members is stopped', async () => {
      const { bus, replica } = world()
      const slow = async () => {
        await pauseMs(2)
        return 'done'
      }
      const leaving = await bus.serve(subject(), 'q', slow)
      await replica.serve(subject(), 'q', slow)
      const answers: Promise<unknown>[] = []
      for (let n = 0; n < 100; n++) {
        answers.push(bus.request(subject(), {}, context()))
        if (n === 50) void leaving.stop()
        await pauseMs(1)
      }
      expect(new Set(await Promise.all(answers))).toEqual(new Set(['done']))
    })

    it('fails what waits for an answer when it is closed', async () => {
      const { bus, replica } = world()
      await replica.serve(subject(), 'q', () => new Promise(() => undefined))
      const asking = rejection(bus.request(subject(), {}, context(30_000)))
      await pauseMs(20)
      await bus.close()
      expect(await asking).toBeInstanceOf(Unavailable)
    })

    it.each(['a b', 'a\r\nPUB x 1\r\ny', '', 'req.*', 'a..b'])('takes no subject %j', async (malformed) => {
      const { bus } = world()
      expect(await rejection(bus.request(malformed, {}, context()))).toBeInstanceOf(TypeError)
      expect(await rejection(bus.serve(malformed, 'q', async () => 1))).toBeInstanceOf(TypeError)
    })
  })
}
