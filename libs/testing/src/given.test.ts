import { type Decider, Refusal } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { specification } from './given.ts'

type LampEvent = { readonly type: 'LampLit' } | { readonly type: 'LampBroken' }
type LampCommand = { readonly type: 'LightLamp' }

const lamp: Decider<'dark' | 'lit' | 'broken', LampCommand, LampEvent> = {
  initial: 'dark',
  evolve: (_, event) => (event.type === 'LampLit' ? 'lit' : 'broken'),
  decide(state) {
    if (state === 'broken') throw new Refusal('lamp_broken', { since: 1 })
    return state === 'lit' ? [] : [{ type: 'LampLit' }]
  },
}

const given = specification(lamp)
const light: LampCommand = { type: 'LightLamp' }

describe('given, when, then', () => {
  it('states the events that follow, or that none do', () => {
    given().when(light).then({ type: 'LampLit' })
    given({ type: 'LampLit' }).when(light).thenNothing()
    expect(() => given().when(light).thenNothing()).toThrow(/deeply equal/)
  })

  it('states a refusal by its code, and its detail where asked', () => {
    const outcome = given({ type: 'LampBroken' }).when(light)
    outcome.thenRefused('lamp_broken')
    outcome.thenRefused('lamp_broken', { since: 1 })
    expect(() => outcome.thenRefused('lamp_broken', { since: 2 })).toThrow(/deeply equal/)
    expect(() => outcome.thenRefused('lamp_lit')).toThrow(/lamp_lit/)
    expect(() => given().when(light).thenRefused('lamp_broken')).toThrow(/expected a refusal, but it decided/)
  })
})
