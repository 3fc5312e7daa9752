/** The manifest: every requirement, regression and advisory, and the tests that would fail without its behaviour. */
import { ADVISORIES } from './requirements/advisories.ts'
import { ORIGINAL } from './requirements/original.ts'
import { PAINS } from './requirements/pains.ts'
import { AUTHORIZATION_SERVER, PROTECTED_RESOURCE, TRANSPORT } from './requirements/protocol.ts'
import type { Requirements } from './requirements/requirement.ts'

interface Source {
  readonly source: string
  /** The ids that the source has: neither more nor fewer stand in `requirements`. */
  readonly ids: readonly string[]
  readonly requirements: Requirements
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)

const ADVISORY_TITLES = [
  'advisory: consent skipped by shared upstream client',
  "advisory: consent given in attacker's browser",
  'advisory: remembered consent ridden',
  'advisory: token for another resource',
  'advisory: consent page HTML injection',
  'advisory: SSRF via metadata fetch',
  'advisory: PKCE downgrade',
  'advisory: redirect URI not checked',
  'advisory: wrong client could revoke',
  'advisory: concurrent code redemption',
  'advisory: concurrent refresh',
  'advisory: missing privilege check on client management',
  'advisory: static internal key',
  'advisory: internal identity read from an unverified JWT',
  'advisory: cookie and proxy-authorization forwarded',
  'advisory: gateway token sent to third party',
  'advisory: session id not bound',
  'advisory: weak or default JWT secret',
  'advisory: route normalisation',
  'advisory: sign-in page leaves the old session',
  'advisory: client-side RCE from authorization_endpoint',
  'advisory: signing with non-constant-time compare',
  'advisory: error text reflected',
  'advisory: field study',
]

export const SOURCES: readonly Source[] = [
  {
    source: 'MCP specification: authorization server',
    ids: numbered('A', 20),
    requirements: AUTHORIZATION_SERVER,
  },
  { source: 'MCP specification: protected resource', ids: numbered('R', 12), requirements: PROTECTED_RESOURCE },
  { source: 'MCP specification: transport', ids: numbered('T', 12), requirements: TRANSPORT },
  { source: 'defects of the predecessor', ids: numbered('original-', 30), requirements: ORIGINAL },
  { source: 'pains of peers’ users', ids: numbered('pain-', 25), requirements: PAINS },
  { source: 'advisories of peers', ids: ADVISORY_TITLES, requirements: ADVISORIES },
]
