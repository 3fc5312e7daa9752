/** A defect to plant: the smallest edit of the code that brings one back, and the tests that must then fail. */
import type { Proofs } from '../requirements/requirement.ts'

export interface Defect {
  /** What the version with it does. */
  readonly defect: string
  readonly file: string
  /** Occurs once in the file. */
  readonly find: string
  readonly replace: string
  /** Where the manifest cites the row of a table, or more than this defect touches; absent: what it cites. An empty text: the whole file. */
  readonly tests?: Proofs
}

/** Of each line of the manifest: its defects, or why the code that it is about cannot be edited into one. */
export type Planted = Readonly<Record<string, readonly Defect[] | { readonly notPlanted: string }>>
