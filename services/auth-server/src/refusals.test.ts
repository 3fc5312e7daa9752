import { readdirSync, readFileSync } from 'node:fs'
import * as contracts from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { answered, redirected, shown } from './refusals.ts'

const here = new URL('.', import.meta.url)
const readme = readFileSync(new URL('../README.md', here), 'utf8')
const refusals = readFileSync(new URL('../docs/refusals.md', here), 'utf8')
const sources = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|test-support|refusals\.ts$/.test(path))
  .map((path) => readFileSync(new URL(path, here), 'utf8'))
  .join('\n')

const { access } = contracts
/** Subjects by the name of the operation. */
const operations = new Map(
  Object.entries(contracts).flatMap(([name, value]) =>
    typeof value === 'object' && 'subject' in value ? [[name, value.subject] as const] : [],
  ),
)

/** What other services refuse, as their operations in the contracts say. */
const FROM_OTHERS = `
  client_not_found client_authentication_failed
  metadata_document_denied metadata_document_invalid metadata_document_unreachable
  invalid_redirect_uri invalid_client_metadata registration_limit
  registration_closed initial_access_token_invalid registration_access_token_invalid
  login_invalid login_repeated login_denied login_failed
  code_replayed refresh_token_invalid refresh_token_reused refresh_token_expired family_revoked
  scope_widened resource_mismatch
  user_unknown sign_in_required user_blocked user_denied
`
  .trim()
  .split(/\s+/)

/** Neither thrown by name nor refused by others: the user's own no, and what `prompt=none` gets. */
const BY_HAND = ['consent_denied', 'login_required', 'consent_required', 'interaction_required']

/** Code → wire form, from the rows `| <wire form> | <codes> |` under a heading line. */
function listed(after: string): Record<string, string> {
  const section = refusals.split(`\n${after}\n`)[1]?.split(/\n\n(?!\|)/)[0] ?? ''
  const rows = [...section.matchAll(/^\| (`?\d{3}`? ?)?(`[a-z_]+`)? +\| (`.*`) +\|$/gm)]
  return Object.fromEntries(
    rows.flatMap(([, status = '', error = '', codes = '']) =>
      [...codes.matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => [
        code,
        `${status}${error}`.replaceAll('`', '').trim(),
      ]),
    ),
  )
}

function wire<Row>(table: Readonly<Record<string, Row>>, form: (row: Row) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([code, row]) => [code, form(row)]))
}

describe("the auth-server's README", () => {
  it('lists every refusal with its wire form, and none that does not exist', () => {
    expect(listed('Told to the client on its redirect URI:')).toEqual(wire(redirected, ({ error }) => error))
    expect(listed('Shown as a page:')).toEqual(wire(shown, ({ status }) => String(status)))
    expect(listed('Answered as JSON:')).toEqual(wire(answered, ({ status, error }) => `${status} ${error}`))
  })

  it('lists what it owns, asks and projects, as the contracts allow', () => {
    const { owns, calls, projects } = access['auth-server']
    for (const prefix of owns) expect(readme).toContain(`\`${prefix}.<key>\``)
    const asked = Array.from(sources.matchAll(/ask\(context, request, (\w+)/g), ([, name]) =>
      operations.get(name ?? ''),
    )
    expect(asked.filter((subject) => !calls.some((call) => call.subject === subject))).toEqual([])
    for (const subject of asked) expect(readme).toContain(`\`${subject?.split('.').at(-1)}\``)
    for (const { subject } of projects) expect(readme).toContain(`\`${subject}\``)
  })
})

describe('the refusals', () => {
  it('are exactly what is thrown here or refused by those who are asked', () => {
    const thrown = [...sources.matchAll(/new Refusal\('([a-z_]+)'|refusal: '([a-z_]+)'|malformed: '([a-z_]+)'/g)]
    const known = new Set([...thrown.map(([, a, b, c]) => a ?? b ?? c), ...FROM_OTHERS, ...BY_HAND])
    const rows = new Set([...Object.keys(redirected), ...Object.keys(shown), ...Object.keys(answered)])
    expect(rows).toEqual(known)
  })

  it('say nothing that a header or a redirect could not carry (RFC 6749 §5.2)', () => {
    for (const { error, description } of [...Object.values(redirected), ...Object.values(answered)]) {
      expect(error).toMatch(/^[a-z_]+$/)
      expect(description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
    }
  })
})
