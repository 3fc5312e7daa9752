import { openCounter } from '@gateway/store'
import { fakeClock } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { localLimiter, sharedLimiter } from './limiter.ts'

describe('a limit of one replica', () => {
  it('holds for each key, and is over with its window', async () => {
    const clock = fakeClock()
    const limiter = localLimiter({ clock, max: () => 2, windowMs: 1_000 })
    expect([await limiter.take('a'), await limiter.take('a'), await limiter.take('a')]).toEqual([true, true, false])
    expect(await limiter.take('b')).toBe(true)
    clock.advance(1_000)
    expect(await limiter.take('a')).toBe(true)
  })

  it('remembers a bounded number of keys, the newest', async () => {
    const limiter = localLimiter({ clock: fakeClock(), max: () => 1, windowMs: 1_000 })
    for (let index = 0; index < 20_000; index++) await limiter.take(`key ${index}`)
    expect(await limiter.take('key 19999')).toBe(false)
    expect(await limiter.take('key 0')).toBe(true)
  })
})

describe('a limit of all replicas', () => {
  it('is counted once for all of them, and for each purpose by itself (pain-16)', async () => {
    const { counter } = await openCounter({ type: 'memory' })
    const replicas = [sharedLimiter(counter, 'x', () => 3, 60_000), sharedLimiter(counter, 'x', () => 3, 60_000)]
    const answers: boolean[] = []
    for (let index = 0; index < 4; index++) answers.push((await replicas[index % 2]?.take('a')) ?? false)
    expect(answers).toEqual([true, true, true, false])
    expect(await sharedLimiter(counter, 'y', () => 3, 60_000).take('a')).toBe(true)
  })
})
