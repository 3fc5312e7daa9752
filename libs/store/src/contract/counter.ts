/** What `Counter` promises, in cases: every adapter runs this suite. */
import { Unavailable } from '@gateway/kernel'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Counter } from '../ports.ts'

export interface CounterSubject {
  readonly counter: Counter
  /** Names of everything that is stored. */
  storedKeys(): Promise<readonly string[]>
  /** Ends the backend for this test; absent where there is none. */
  readonly breakDown?: () => Promise<void>
  /** Lets time pass; absent where it is a backend's, which nobody can move. */
  readonly pass?: (ms: number) => Promise<unknown>
}

const CONSUMERS = 100
const MINUTE_MS = 60_000

/** Keys are never used twice, so that subjects may share a backend. */
export function counterContract(name: string, open: () => Promise<CounterSubject>): void {
  describe(`${name} as a counter`, () => {
    let subject: CounterSubject
    let counter: Counter
    let key: string

    beforeEach(async () => {
      subject = await open()
      counter = subject.counter
      key = `login:192.0.2.7:${Math.random()}`
    })

    it('lets exactly as many pass as the limit says, of 100 at once', async () => {
      const within = { limit: 37, windowMs: MINUTE_MS }
      const answers = await Promise.all(Array.from({ length: CONSUMERS }, () => counter.consume(key, 1, within)))
      const allowed = answers.filter((answer) => answer.allowed)
      expect(allowed).toHaveLength(37)
      expect(allowed.map((answer) => answer.remaining).toSorted((a, b) => a - b)).toEqual([...Array(37).keys()])
      expect(new Set(allowed.map((answer) => answer.retryAfterMs))).toEqual(new Set([0]))
      const refused = answers.filter((answer) => !answer.allowed)
      expect(new Set(refused.map((answer) => answer.remaining))).toEqual(new Set([0]))
      const waits = refused.map((answer) => answer.retryAfterMs)
      expect(Math.min(...waits)).toBeGreaterThan(0)
      expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE_MS)
    })

    it('lets pass again when the window is over, and not before', async () => {
      const within = { limit: 1, windowMs: 1_000 }
      expect((await counter.consume(key, 1, within)).allowed).toBe(true)
      const refused = await counter.consume(key, 1, within)
      expect(refused.allowed).toBe(false)
      // Refusals prolong nothing: the window is the one that the first point began.
      const { pass = pause } = subject
      await pass(refused.retryAfterMs / 2)
      expect((await counter.consume(key, 1, within)).allowed).toBe(false)
      await pass(refused.retryAfterMs / 2 + 100)
      expect(await counter.consume(key, 1, within)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 })
    })

    it('counts each key for itself, and each window', async () => {
      const within = { limit: 1, windowMs: MINUTE_MS }
      expect((await counter.consume(key, 1, within)).allowed).toBe(true)
      expect((await counter.consume(`${key}0`, 1, within)).allowed).toBe(true)
      expect((await counter.consume(key, 1, { limit: 1, windowMs: 2 * MINUTE_MS })).allowed).toBe(true)
      expect((await counter.consume(key, 1, within)).allowed).toBe(false)
    })

    it('takes several points at once, and goes on from there when the limit changes', async () => {
      const within = { limit: 10, windowMs: MINUTE_MS }
      expect(await counter.consume(key, 6, within)).toEqual({ allowed: true, remaining: 4, retryAfterMs: 0 })
      expect(await counter.consume(key, 4, within)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 })
      expect((await counter.consume(key, 1, within)).allowed).toBe(false)
      expect(await counter.consume(key, 1, { limit: 20, windowMs: MINUTE_MS })).toMatchObject({
        allowed: true,
        remaining: 8,
      })
    })

    it('lets nothing pass where the limit is nothing', async () => {
      expect((await counter.consume(key, 1, { limit: 0, windowMs: MINUTE_MS })).allowed).toBe(false)
    })

    it('stores no address and no secret in clear', async () => {
      await counter.consume(`refresh:192.0.2.99:s3cret-t0ken`, 1, { limit: 9, windowMs: MINUTE_MS })
      const keys = await subject.storedKeys()
      expect(keys.length).toBeGreaterThan(0)
      expect(keys.filter((stored) => /192\.0\.2|s3cret|refresh|login/.test(stored))).toEqual([])
    })

    it.each([
      [0, 1, 1_000],
      [1.5, 1, 1_000],
      [1, -1, 1_000],
      [1, 1, 999],
      [1, 1, Number.POSITIVE_INFINITY],
    ])('takes %d points within %d in %d ms for a mistake', async (points, limit, windowMs) => {
      await expect(counter.consume(key, points, { limit, windowMs })).rejects.toThrow(TypeError)
    })

    it('reports an outage, and says neither yes nor no', async ({ skip }) => {
      skip(!subject.breakDown, 'this process’s memory is never down')
      await subject.breakDown?.()
      await expect(counter.consume(key, 1, { limit: 1, windowMs: MINUTE_MS })).rejects.toThrow(Unavailable)
    })
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
