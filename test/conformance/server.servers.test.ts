/** What the official suites find of an MCP server must be the same through the gateway, check by check (protocol.md 2.5). */
import { describe, expect, it, onTestFinished } from 'vitest'
import { findings, SUITE_TIMEOUT_MS, type Suite, startEndpoints } from './differential.ts'

/** How much the fixture passes: less would mean that the suites looked at less. */
const SUCCESSES_MIN: Readonly<Record<Suite, number>> = {
  '0.1.16, 2025-11-25': 40,
  '0.2.0-alpha.12, 2025-11-25': 80,
  '0.2.0-alpha.12, 2026-07-28': 150,
}

describe('the official suites’ server scenarios', () => {
  it.each(Object.keys(SUCCESSES_MIN) as Suite[])(
    'find the same through the gateway: %s',
    async (suite) => {
      const endpoints = await startEndpoints()
      onTestFinished(() => endpoints.close())
      const direct = await findings(suite, endpoints.direct)
      expect(await findings(suite, endpoints.proxied)).toEqual(direct)
      const checks = Object.values(direct).flat()
      const successes = checks.filter((check) => check.endsWith(': SUCCESS'))
      expect(successes.length).toBeGreaterThanOrEqual(SUCCESSES_MIN[suite])
    },
    2 * SUITE_TIMEOUT_MS,
  )
})
