import { RateLimiterMemory } from 'rate-limiter-flexible'
import { onTestFinished, vi } from 'vitest'
import { counterContract } from '../contract/counter.ts'
import { memoryCounter } from './memory-counter.ts'

counterContract('memory', async () => {
  // What the library is given is all that is stored.
  const consume = vi.spyOn(RateLimiterMemory.prototype, 'consume')
  vi.useFakeTimers()
  onTestFinished(() => {
    consume.mockRestore()
    vi.useRealTimers()
  })
  return {
    counter: memoryCounter(),
    storedKeys: async () => consume.mock.calls.map(([key]) => String(key)),
    pass: (ms) => vi.advanceTimersByTimeAsync(ms),
  }
})
