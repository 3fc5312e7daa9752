/** Sentences about a decider: given what happened, when a command comes, then these events, or that refusal. */
import { type Decider, fold, Refusal } from '@gateway/kernel'
import { expect } from 'vitest'

export interface Outcome<Event> {
  /** Exactly these events, in this order. */
  then(...events: readonly Event[]): void
  /** No event: there was nothing to do. */
  thenNothing(): void
  /** Refused with this code; `detail` is compared only when given. */
  thenRefused(code: string, detail?: Readonly<Record<string, unknown>>): void
}

export interface Given<Command, Event> {
  when(command: Command): Outcome<Event>
}

/** `const given = specification(client)`, then `given(registered).when(deletion).then(deleted)`. */
export function specification<State, Command, Event>(
  decider: Decider<State, Command, Event>,
): (...history: readonly Event[]) => Given<Command, Event> {
  return (...history) => ({
    when: (command) => {
      const decide = () => decider.decide(fold(decider, history), command)
      return {
        // oxlint-disable-next-line unicorn/no-thenable -- the sentence is given, when, then; nobody awaits it
        then: (...events) => {
          expect(decide()).toEqual(events)
        },
        thenNothing: () => {
          expect(decide()).toEqual([])
        },
        thenRefused: (code, detail) => {
          const refusal = refusalOf(decide)
          expect(refusal.code).toBe(code)
          if (detail !== undefined) expect(refusal.detail).toEqual(detail)
        },
      }
    },
  })
}

function refusalOf(decide: () => unknown): Refusal {
  let decided: unknown
  try {
    decided = decide()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error(`expected a refusal, but it decided ${JSON.stringify(decided)}`)
}
