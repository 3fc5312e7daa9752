import { Unavailable, VersionConflict } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import type { ResolvedStream } from '../ports.ts'
import { Stream } from './stream.ts'

const MINUTE_MS = 60_000

function streamAt(startMs: number, limits: Partial<ResolvedStream> = {}) {
  const time = { now: startMs }
  const spec: ResolvedStream = {
    name: 'S',
    subjects: ['evt.s.*'],
    discard: 'new',
    appendOnly: false,
    replicas: 1,
    ...limits,
  }
  return { time, spec, stream: new Stream(spec, () => time.now) }
}

const sequences = (stream: Stream, after = 0) => stream.after(after, 10_000).map((message) => message.sequence)

describe('a stream in memory', () => {
  it('knows an id for at least two minutes, and forgets it at some time', () => {
    const { time, stream } = streamAt(0)
    stream.append('evt.s.a', 'e1', '1')
    time.now = 2 * MINUTE_MS - 1
    expect(stream.append('evt.s.a', 'e1', '1')).toBe(1)
    time.now = 10 * MINUTE_MS
    expect(stream.append('evt.s.a', 'e1', '1')).toBe(2)
  })

  it('knows a resend of the newest commit even when its id was forgotten', () => {
    const { time, stream } = streamAt(0)
    stream.append('evt.s.a', 'r1.0', '1', 0)
    time.now = 10 * MINUTE_MS
    expect(stream.append('evt.s.a', 'r1.0', '1', 0)).toBe(1)
    expect(() => stream.append('evt.s.a', 'r2.0', '1', 0)).toThrow(VersionConflict)
  })

  it('drops by age on every kind of access', () => {
    const { time, stream } = streamAt(0, { maxAgeMs: MINUTE_MS })
    stream.append('evt.s.a', 'e1', '1')
    time.now = MINUTE_MS / 2
    stream.append('evt.s.b', 'e2', '2')
    time.now = MINUTE_MS
    expect(stream.last('evt.s.a')).toBeUndefined()
    expect(sequences(stream)).toEqual([2])
    time.now = 2 * MINUTE_MS
    expect(sequences(stream)).toEqual([])
    expect(stream.append('evt.s.b', 'r1.0', '3', 0)).toBe(3)
  })

  it('makes room in a full stream as old messages age out', () => {
    const { time, stream } = streamAt(0, { maxAgeMs: MINUTE_MS, maxMessages: 1 })
    stream.append('evt.s.a', 'e1', '1')
    expect(() => stream.append('evt.s.b', 'e2', '2')).toThrow(Unavailable)
    time.now = MINUTE_MS
    expect(stream.append('evt.s.b', 'e2', '2')).toBe(2)
  })

  it('takes a commit of an aggregate that is at its limit although the stream is full', () => {
    const { stream } = streamAt(0, { maxMessages: 2, maxMessagesPerSubject: 2 })
    stream.append('evt.s.a', 'r1.0', '1', 0)
    stream.append('evt.s.a', 'r2.0', '2', 1)
    expect(stream.append('evt.s.a', 'r3.0', '3', 2)).toBe(3)
    expect(sequences(stream)).toEqual([2, 3])
  })

  it('applies new limits to what it holds', () => {
    const { stream, spec } = streamAt(0)
    for (let n = 1; n <= 6; n++) stream.append(`evt.s.${n % 2}`, `e${n}`, String(n))
    stream.configure({ ...spec, maxMessagesPerSubject: 2 })
    expect(sequences(stream)).toEqual([3, 4, 5, 6])
    stream.configure({ ...spec, maxMessages: 1, discard: 'old' })
    expect(sequences(stream)).toEqual([6])
  })

  it('reads on from any sequence, dropped ones included', () => {
    const { stream } = streamAt(0, { maxMessagesPerSubject: 1 })
    for (let n = 1; n <= 5_000; n++) stream.append(`evt.s.${n % 10 === 0 ? n : 'a'}`, `e${n}`, String(n))
    const kept = [...Array.from({ length: 500 }, (_, n) => (n + 1) * 10), 4_999].toSorted((a, b) => a - b)
    expect(sequences(stream)).toEqual(kept)
    expect(sequences(stream, 4_985)).toEqual([4_990, 4_999, 5_000])
    expect(stream.after(0, 3).map((message) => message.sequence)).toEqual([10, 20, 30])
  })

  /** In quadratic time it would not end within an hour. */
  it('trims a stream of two hundred thousand in linear time', { timeout: 60_000 }, () => {
    const { stream } = streamAt(0, { maxMessages: 50_000, maxMessagesPerSubject: 4, discard: 'old' })
    for (let n = 1; n <= 200_000; n++) stream.append(`evt.s.${n % 30_000}`, `e${n}`, '{}')
    expect(sequences(stream)).toHaveLength(10_000)
    expect(stream.after(0, 100_000)).toHaveLength(50_000)
  })
})
