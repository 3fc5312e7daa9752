/** For the tests of this package: a loader with files and variables in memory. */
import { Misconfigured } from '@gateway/kernel'
import { type LoadedConfig, type LoadInput, loadConfig } from './load.ts'

export const GOOD_SECRET = 'qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi'

/** The least that starts: one public service. */
export const MINIMAL = `
issuer: https://gateway.example.com
session_secret: ${GOOD_SECRET}
mcp_services:
  calculator: { name: Calculator, url: "http://calculator:3001", auth_required: false }
`

export interface Situation {
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly flags?: LoadInput['flags']
}

/** Working directory `/work`, home `/home/op`. */
export function load(situation: Situation): LoadedConfig | undefined {
  const files = situation.files ?? {}
  return loadConfig({
    ...(situation.flags ? { flags: situation.flags } : {}),
    env: situation.env ?? {},
    cwd: '/work',
    home: '/home/op',
    readFile: (path) => files[path],
  })
}

/** What `yaml` as `/work/config.yaml` loads to. @throws when there is none */
export function loadText(yaml: string, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  const loaded = load({ files: { '/work/config.yaml': yaml }, env })
  if (!loaded) throw new TypeError('nothing was loaded')
  return loaded
}

/** Every problem that loading `yaml` tells; empty when it loads. */
export function problemsOf(yaml: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  return problemsIn({ files: { '/work/config.yaml': yaml }, env })
}

export function problemsIn(situation: Situation): readonly string[] {
  try {
    load(situation)
    return []
  } catch (error) {
    if (error instanceof Misconfigured) return error.problems
    throw error
  }
}
