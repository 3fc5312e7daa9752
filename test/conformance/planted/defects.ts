/** All defects that are planted, by the lines of the manifest. */

import type { Proofs } from '../requirements/requirement.ts'
import { SOURCES } from '../requirements.ts'
import { ADVISORIES } from './advisories.ts'
import { ADVISORIES_OF_CONSENT } from './advisories-consent.ts'
import { AUTHORIZATION_SERVER } from './authorization-server.ts'
import type { Defect, Planted } from './defect.ts'
import { ORIGINAL } from './original.ts'
import { ORIGINAL_OF_PROXY } from './original-proxy.ts'
import { PAINS } from './pains.ts'
import { PAINS_OF_PROXY } from './pains-proxy.ts'
import { PROTECTED_RESOURCE, TRANSPORT } from './resource.ts'

export const PLANTED: Planted = {
  ...AUTHORIZATION_SERVER,
  ...PROTECTED_RESOURCE,
  ...TRANSPORT,
  ...ORIGINAL,
  ...ORIGINAL_OF_PROXY,
  ...PAINS,
  ...PAINS_OF_PROXY,
  ...ADVISORIES,
  ...ADVISORIES_OF_CONSENT,
}

export interface PlantedDefect extends Defect {
  readonly id: string
  readonly tests: Proofs
}

/** With the tests that must fail: what the manifest cites for the line, as far as it is a test that runs by itself. */
export function defects(): readonly PlantedDefect[] {
  const requirements = Object.assign({}, ...SOURCES.map(({ requirements }) => requirements))
  return Object.entries(PLANTED).flatMap(([id, planted]) =>
    'notPlanted' in planted
      ? []
      : planted.map((defect) => ({ ...defect, id, tests: defect.tests ?? cited(requirements[id]?.standing.tests) })),
  )
}

function cited(tests: Proofs = {}): Proofs {
  return Object.fromEntries(Object.entries(tests).filter(([file]) => file.endsWith('.test.ts')))
}
