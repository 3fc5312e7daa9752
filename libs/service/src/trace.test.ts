import { describe, expect, it } from 'vitest'
import { traceIdOf } from './trace.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('the trace of a request (W3C Trace Context §3.2.2)', () => {
  it('is the trace-id of its traceparent', () => {
    expect(traceIdOf(`00-${ID}-00f067aa0ba902b7-01`)).toBe(ID)
  })

  it('is read from a later version as well, which may say more', () => {
    expect(traceIdOf(`01-${ID}-00f067aa0ba902b7-01-more`)).toBe(ID)
  })

  it.each([
    undefined,
    '',
    [`00-${ID}-00f067aa0ba902b7-01`],
    `ff-${ID}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${ID}-${'0'.repeat(16)}-01`,
    `00-${ID.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${ID}-00f067aa`,
  ])('is unknown from %j', (traceparent) => {
    expect(traceIdOf(traceparent)).toBeUndefined()
  })
})
