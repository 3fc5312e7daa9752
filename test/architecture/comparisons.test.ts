/** No comparison of secrets goes past the two of the kernel (`secretEquals`, `Keyring.verifyMac`), which take constant time. */
import { describe, expect, it } from 'vitest'
import { sourceFiles } from './tree.ts'

/** The last name of an operand, where it is what a stranger may guess at. */
const SECRET =
  /(?:secret|mac|password|signature|verifier|challenge|assertion|token|state|seed|open\(\)|digest\([^)]*\))$/i
/** What tells nothing of a secret: that it is absent, empty, or as long as it is. */
const HARMLESS = /^(?:undefined|null|true|false|''|\d[\d_]*|'[a-z_ -]+'|'[A-Z]+')$/
const COMPARISON = /([\w.?!$[\]]+(?:\([^()]*\))?)\s*(?:===|!==|==|!=)\s*([\w.?!$[\]]+(?:\([^()]*\))?|'[^']*')/g
/** Of bytes, and of texts in ways other than by an operator. */
const CALL = /\.(?:equals|compare|localeCompare)\(/g

/** Comparisons by which nobody can guess: with why. */
const NO_GUESS: Readonly<Record<string, string>> = {
  'services/auth-server/src/authentication.ts: decoded.secret !== secret': 'two readings of one header',
  'libs/config/src/reload.ts: a.open() === b.open()': 'two configurations of the same operator',
  "services/gateway/src/doctor/authorization.ts: [searchParams.get('state') === STATE": 'the doctor is the client',
  'services/token-issuer/src/families-by-user.ts: .equals(': 'an index entry as it is and as it would be',
}

const files = sourceFiles('libs', 'services').filter(
  ({ path }) => !/\.test\.ts$|\/contract\/|\/test-support\/|^libs\/testing\//.test(path),
)

function suspects(path: string, text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  const compared = [...code.matchAll(COMPARISON)]
    .filter(
      ([, a = '', b = '']) => [a, b].some((each) => SECRET.test(each)) && ![a, b].some((each) => HARMLESS.test(each)),
    )
    .map(([whole]) => `${path}: ${whole}`)
  return [...compared, ...[...code.matchAll(CALL)].map(([whole]) => `${path}: ${whole}`)]
}

describe('a secret (advisory: signing with non-constant-time compare)', () => {
  it('is compared by the kernel alone', () => {
    expect(files.length).toBeGreaterThan(300)
    const found = files.flatMap(({ path, text }) => suspects(path, text))
    expect([...new Set(found)].toSorted()).toEqual(Object.keys(NO_GUESS).toSorted())
  })
})
