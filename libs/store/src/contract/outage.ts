/** What `KeyValue` promises while its backend is away, slow, or just back: every adapter with a backend and every decorator runs this suite. */
import { Unavailable } from '@gateway/kernel'
import { beforeEach, describe, expect, it } from 'vitest'
import type { KeyValue } from '../ports.ts'

/** Empty, and nobody else's. */
export interface OutageSubject {
  readonly store: KeyValue
  /** Nothing reaches the backend, and what is under way breaks off. */
  cut(): Promise<void>
  /** All is well again. */
  mend(): Promise<void>
  /** Each answer takes this much longer. */
  slow(ms: number): Promise<void>
}

export interface OutageOptions {
  /** A cut is reported this soon. */
  readonly reportedWithinMs: number
  /** After this long without an answer there is none. */
  readonly timeoutMs: number
}

const RACERS = 20
/** Longer than any pause between two attempts to connect. */
const BACK_WITHIN_MS = 5_000

export function outageContract(name: string, open: () => Promise<OutageSubject>, options: OutageOptions): void {
  describe(`${name} without its backend`, () => {
    let subject: OutageSubject
    let store: KeyValue

    beforeEach(async () => {
      subject = await open()
      store = subject.store
    })

    const methods: Readonly<Record<keyof Omit<KeyValue, 'close'>, () => Promise<unknown>>> = {
      get: () => store.get('k'),
      put: () => store.put('k', bytes('w')),
      putIfAbsent: () => store.putIfAbsent('other', bytes('w')),
      compareAndSet: () => store.compareAndSet('k', 'AAAAAAAAAAAAAAAA', bytes('w')),
      take: () => store.take('k'),
      delete: () => store.delete('k'),
      list: () => store.list(''),
      ping: () => store.ping(),
    }
    const back = () => expect.poll(() => store.ping().then(() => 'up', String), { timeout: BACK_WITHIN_MS }).toBe('up')

    it('reports it from every method, soon, and takes nothing for missing', async () => {
      await store.put('k', bytes('v'))
      await subject.cut()
      const outcomes: Record<string, unknown> = {}
      for (const [method, call] of Object.entries(methods)) {
        const start = performance.now()
        const error = await call().catch((thrown: unknown) => thrown)
        const soon = performance.now() - start < options.reportedWithinMs
        outcomes[method] = error instanceof Unavailable && soon ? 'reported' : error
      }
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(methods).map((method) => [method, 'reported'])))
    })

    it('is back by itself, with everything that was in it and nothing of what failed', async () => {
      await store.put('k', bytes('v'))
      await subject.cut()
      await expect(store.put('k', bytes('lost'))).rejects.toThrow(Unavailable)
      await subject.mend()
      await back()
      expect(textOf((await store.get('k'))?.value)).toBe('v')
      await store.put('k', bytes('w'))
      expect(textOf(await store.take('k'))).toBe('w')
    })

    it('answers rightly when answers are slow', async () => {
      await subject.slow(30)
      const start = performance.now()
      const won = await Promise.all(Array.from({ length: RACERS }, (_, n) => store.putIfAbsent('k', bytes(String(n)))))
      expect(performance.now() - start).toBeGreaterThan(25)
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(textOf((await store.get('k'))?.value)).toBe(String(won.indexOf(true)))
      const taken = await Promise.all(Array.from({ length: RACERS }, () => store.take('k')))
      expect(taken.filter((value) => value !== undefined)).toHaveLength(1)
    })

    it('reports an answer that takes too long, and is right about everything afterwards', async () => {
      await store.put('k', bytes('v'))
      await subject.slow(options.timeoutMs + 300)
      const start = performance.now()
      await expect(store.putIfAbsent('new', bytes('w'))).rejects.toThrow(Unavailable)
      expect(performance.now() - start).toBeLessThan(options.timeoutMs + 300)
      await subject.mend()
      await back()
      expect(textOf((await store.get('k'))?.value)).toBe('v')
      // Whether the late one was done is unknown; whoever asks now gets one answer.
      const won = await Promise.all(Array.from({ length: RACERS }, () => store.putIfAbsent('new', bytes('x'))))
      expect(won.filter(Boolean).length).toBeLessThanOrEqual(1)
      expect(textOf((await store.get('new'))?.value)).toBe(won.includes(true) ? 'x' : 'w')
    })
  })
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function textOf(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}
