import { type Operation, Refusal, Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { memoryBus } from './memory/index.ts'
import { call, serve } from './operations.ts'

/** A shape as simple as a shape can be: an object with one number. */
const shape = {
  parse: (value: unknown) => {
    const { n } = value as { n: unknown }
    if (typeof n !== 'number') throw new TypeError('n is no number')
    return { n }
  },
}
const double: Operation<{ n: number }, { n: number }> = {
  subject: 'req.maths.double',
  service: 'maths',
  timeoutMs: 500,
  input: shape,
  output: shape,
}
const asked = () => ({ requestId: 'r1', now: Date.now() })

describe('an operation', () => {
  it('is answered by its service', async () => {
    const bus = memoryBus()
    await serve(bus, double, Date.now, async ({ n }) => ({ n: 2 * n }))
    expect(await call(bus, double, { n: 21 }, asked())).toEqual({ n: 42 })
  })

  it('carries the request id, the deadline of its time-out, and when it was asked', async () => {
    const bus = memoryBus()
    const seen: unknown[] = []
    await serve(bus, double, Date.now, async (input, context) => {
      seen.push(context)
      return input
    })
    const { requestId, now } = asked()
    await call(bus, double, { n: 1 }, { requestId, now })
    expect(seen).toEqual([{ requestId: 'r1', deadline: now + 500, askedAt: now }])
  })

  it('refuses an input of another shape before the handler sees it', async () => {
    const bus = memoryBus()
    let calls = 0
    await serve(bus, double, Date.now, async () => ({ n: ++calls }))
    const error = await call(bus, double, { n: 'one' } as never, asked()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Refusal)
    expect(error).toMatchObject({ code: 'malformed_request', detail: { subject: double.subject } })
    expect(calls).toBe(0)
  })

  it('takes an answer of another shape for an outage of the one who answers', async () => {
    const bus = memoryBus()
    await serve(bus, double, Date.now, async () => ({ n: 'one' }) as never)
    const error = await call(bus, double, { n: 1 }, asked()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Unavailable)
    expect(error).toMatchObject({ dependency: 'maths' })
  })

  it('lets refusals of the handler through', async () => {
    const bus = memoryBus()
    await serve(bus, double, Date.now, async () => {
      throw new Refusal('too_large')
    })
    await expect(call(bus, double, { n: 1 }, asked())).rejects.toMatchObject({ code: 'too_large' })
  })
})
