/** A commit carries the state after it, so that loading costs one read; `evolve` over all events stays what it means. */
import { type Aggregate, handle, load } from '@gateway/bus'
import { fold, newId, Refusal } from '@gateway/kernel'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { testDeps } from './deps.ts'

export interface Step<Command> {
  /** How long after the one before. */
  readonly waitMs: number
  readonly command: (at: number) => Command
}

/**
 * Decides all commands on a real bus, one after another. After each the state of the last commit, read from the bus, is the
 * fold of all events, and `afterEach` may say more of it.
 */
export async function decideInTurn<State, Command, Event>(
  aggregate: Aggregate<State, Command, Event>,
  steps: readonly Step<Command>[],
  afterEach: (before: State, after: State) => void = () => undefined,
): Promise<void> {
  const { bus, clock } = await testDeps()
  const all: Event[] = []
  for (const { waitMs, command } of steps) {
    clock.advance(waitMs)
    const at = clock()
    const before = await load(bus, aggregate, 'x')
    await handle(bus, aggregate, 'x', command(at), { requestId: newId(), actor: 'operator', at }).then(
      ({ events }) => all.push(...events),
      (error: unknown) => expect(error).toBeInstanceOf(Refusal),
    )
    const after = await load(bus, aggregate, 'x')
    expect(after.state).toEqual(JSON.parse(JSON.stringify(fold(aggregate.decider, all))))
    afterEach(before.state, after.state)
  }
}

/** {@link decideInTurn} for random sequences of `commands`, `waitsMs` apart. */
export async function stateIsFold<State, Command, Event>(
  aggregate: Aggregate<State, Command, Event>,
  commands: readonly Step<Command>['command'][],
  waitsMs: readonly number[] = [0, 1, 999, 60_000],
): Promise<void> {
  const step = fc.record({ waitMs: fc.constantFrom(...waitsMs), command: fc.constantFrom(...commands) })
  const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) => decideInTurn(aggregate, steps))
  await fc.assert(property, { numRuns: 100 })
}
