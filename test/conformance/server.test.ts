/**
 * The official suite's server scenarios against the fixture, directly and through the gateway: what it finds must be the same
 * both times (protocol.md 2.5). What the fixture itself does not offer fails both times alike.
 */
import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createOAuthClient } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startInProcess } from '../e2e/stack/in-process.ts'
import { obtainGrant } from '../e2e/wire.ts'
import { startFixture } from './fixture.ts'
import { startShim } from './shim.ts'

const SUITE = new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url).pathname
const TIMEOUT_MS = 180_000

type Findings = Readonly<Record<string, readonly string[]>>

/** By scenario, every check with its status. */
async function findings(url: string, revision: string): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-conformance-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const args = [SUITE, 'server', '--url', url, '--requirements', revision, '-o', folder]
  // It ends with 1 where the fixture lacks something; what counts is what it wrote.
  await new Promise((resolve) => execFile(process.execPath, args, { cwd: folder, timeout: TIMEOUT_MS }, resolve))
  const found: Record<string, string[]> = {}
  for await (const path of glob('**/checks.json', { cwd: folder })) {
    const checks = JSON.parse(await readFile(join(folder, path), 'utf8')) as { id: string; status: string }[]
    const scenario = dirname(path).replace(/-\d{4}-\d{2}-\d{2}T.*$/, '')
    found[scenario] = checks.map(({ id, status }) => `${id}: ${status}`).toSorted()
  }
  return found
}

async function world() {
  const fixture = await startFixture()
  onTestFinished(() => fixture.close())
  const stack = await startInProcess({ url: fixture.url })
  onTestFinished(() => stack.stop())
  const { accessToken } = await obtainGrant(stack, createOAuthClient(stack.issuer))
  const shim = await startShim(new URL(stack.mcpUrl), accessToken)
  onTestFinished(() => shim.close())
  return { direct: fixture.url, proxied: shim.url }
}

describe('the suite’s server scenarios', () => {
  it(
    'find the same through the gateway for 2025-11-25: sessions, streams, requests of the server within them',
    async () => {
      const urls = await world()
      const direct = await findings(urls.direct, '2025-11-25')
      expect(await findings(urls.proxied, '2025-11-25')).toEqual(direct)
      expect(Object.keys(direct).length).toBeGreaterThan(30)
      const checks = Object.values(direct).flat()
      expect(checks.filter((check) => check.endsWith(': SUCCESS')).length).toBeGreaterThan(60)
    },
    2 * TIMEOUT_MS,
  )

  /** The fixture knows only the eras before, so most of it fails; that it fails in the same way is what era probes live on. */
  it(
    'find the same for 2026-07-28 in a server that does not speak it: refusals pass unchanged (protocol.md 1.4)',
    async () => {
      const urls = await world()
      const direct = await findings(urls.direct, '2026-07-28')
      expect(await findings(urls.proxied, '2026-07-28')).toEqual(direct)
      expect(Object.keys(direct).length).toBeGreaterThan(20)
    },
    2 * TIMEOUT_MS,
  )
})
