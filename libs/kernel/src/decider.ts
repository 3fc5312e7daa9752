/** The shape of every aggregate: state is a fold of facts, a command is judged against it. Pure: time and ids arrive inside the command. */
export interface Decider<State, Command, Event> {
  readonly initial: State
  /** Folds one recorded fact. Never refuses: what is recorded has happened. */
  evolve(state: State, event: Event): State
  /** @throws Refusal for an expected "no"; returns no events when there is nothing left to do. */
  decide(state: State, command: Command): readonly Event[]
}

/** The state after `events`, starting from the decider's initial state. */
export function fold<State, Command, Event>(
  decider: Decider<State, Command, Event>,
  events: Iterable<Event>,
  from: State = decider.initial,
): State {
  let state = from
  for (const event of events) state = decider.evolve(state, event)
  return state
}
