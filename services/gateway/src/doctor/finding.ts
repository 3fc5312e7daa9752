/** What the doctor finds: what is wrong, who can mend it, and how. */

export const WHO = {
  operator: 'the operator of the gateway',
  provider: 'the administrator of the identity provider',
  developer: 'the developers of the gateway',
  client: 'whoever wrote or set up the client',
} as const
export type Who = keyof typeof WHO

export interface Finding {
  readonly what: string
  readonly who: Who
  readonly mend: string
}

export const found = (who: Who, what: string, mend: string): Finding => ({ who, what, mend })

/** The findings whose condition does not hold. */
export function unless(...checks: readonly (readonly [holds: boolean, finding: Finding])[]): readonly Finding[] {
  return checks.filter(([holds]) => !holds).map(([, finding]) => finding)
}

/** Parts of an answer of somebody else, short enough for a line. */
export function quoted(text: string | null | undefined): string {
  if (text === null || text === undefined || text === '') return 'nothing'
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
