/** One line of the specification and what stands for it. */
export interface Requirement {
  readonly behaviour: string
  readonly standing: Standing
}

/** Exactly one of them: there is no line that no test proves and nothing excuses. */
export type Standing =
  | { readonly tests: Proofs }
  | { readonly belongsTo: 'provider-bridge' | 'proxy'; readonly tests: Proofs }
  | { readonly notApplicable: string }

/** Of each test file a piece of its text: the name of the test that would fail, or the row of its table. */
export type Proofs = Readonly<Record<string, string>>

export type Requirements = Readonly<Record<string, Requirement>>

export function proven(behaviour: string, tests: Proofs): Requirement {
  return { behaviour, standing: { tests } }
}

export function elsewhere(belongsTo: 'provider-bridge' | 'proxy', behaviour: string, tests: Proofs): Requirement {
  return { behaviour, standing: { belongsTo, tests } }
}

export function notApplicable(behaviour: string, reason: string): Requirement {
  return { behaviour, standing: { notApplicable: reason } }
}
