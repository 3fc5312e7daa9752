import { describe, expect, it } from 'vitest'
import { isForming } from './errors.ts'

/** As nats-server 2.15 said them. */
const refused = (description: string, err_code = 10_005) => ({ code: 400, err_code, description })

describe('a stream that has no place in a cluster', () => {
  it('may have one as soon as the members know one another', () => {
    expect(isForming(refused('no suitable peers for placement, peer offline'))).toBe(true)
  })

  it.each([
    ['by its tags', refused('no suitable peers for placement, tags not matched')],
    ['for another reason', refused('peer offline', 10_074)],
  ])('never has one: %s', (_what, refusal) => {
    expect(isForming(refusal)).toBe(false)
  })
})
