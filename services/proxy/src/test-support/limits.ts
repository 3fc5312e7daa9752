/** The `limits` section with its defaults, except for some keys. */
import type { LimitsConfig } from '@gateway/config'
import { testConfig } from '@gateway/testing'

export function limitsOf(overrides: Readonly<Record<string, number>>): LimitsConfig {
  return testConfig({ limits: overrides }).limits
}
