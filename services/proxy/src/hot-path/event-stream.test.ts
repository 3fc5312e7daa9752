import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atEventBoundary, TAIL_LENGTH } from './event-stream.ts'

/** HTML §9.2.6, for `data` alone: the events that a stream dispatches. */
function events(stream: string): readonly string[] {
  const dispatched: string[] = []
  let data: string[] = []
  for (const line of stream.split(/\r\n|\n|\r/).slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) dispatched.push(data.join('\n'))
      data = []
    } else if (line.startsWith('data:')) data.push(line.slice(5))
  }
  return dispatched
}

describe('a comment at an event boundary', () => {
  it('changes no event, whatever the line ends are', () => {
    const piece = fc.constantFrom('data: a', 'data:b', ': c', 'id: 1', '\n', '\r', '\r\n', '\n\n', '\r\n\r\n')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), (pieces, at) => {
        const stream = pieces.join('')
        const cut = at % (stream.length + 1)
        if (!atEventBoundary(stream.slice(0, cut).slice(-TAIL_LENGTH))) return
        expect(events(`${stream.slice(0, cut)}: keep-alive\n\n${stream.slice(cut)}`)).toEqual(events(stream))
      }),
      { numRuns: 2_000 },
    )
  }, 30_000)

  it('has its place behind every event', () => {
    for (const tail of ['', 'a\n\n', 'a\r\n\r\n', '\r\n\r\n', 'a\r\r', 'a\r\n\n']) {
      expect(atEventBoundary(tail.slice(-TAIL_LENGTH))).toBe(true)
    }
    for (const tail of ['a', 'a\n', 'a\r\n', 'a\r', '\n\na']) {
      expect(atEventBoundary(tail.slice(-TAIL_LENGTH))).toBe(false)
    }
  })
})
