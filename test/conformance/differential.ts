/**
 * The official suites' server scenarios against the fixture, directly and through the gateway (protocol.md 2.5): what they find,
 * check by check, and where the two differ. What the fixture itself does not offer fails both times alike.
 */
import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createOAuthClient } from '@gateway/testing'
import { startInProcess } from '../e2e/stack/in-process.ts'
import { obtainGrant } from '../e2e/wire.ts'
import { startFixture } from './fixture/server.ts'
import { startShim } from './shim.ts'

const programOf = (name: string) => new URL(`../../node_modules/${name}/dist/index.js`, import.meta.url).pathname
const OLDER = programOf('conformance-0.1')
const NEWER = programOf('@modelcontextprotocol/conformance')

/** Both install a command of the same name, so each is run by its path. */
export const SUITES = {
  '0.1.16, 2025-11-25': [OLDER, 'server', '--suite', 'all'],
  '0.2.0-alpha.12, 2025-11-25': [NEWER, 'server', '--requirements', '2025-11-25'],
  '0.2.0-alpha.12, 2026-07-28': [NEWER, 'server', '--requirements', '2026-07-28'],
} as const
export type Suite = keyof typeof SUITES

export const SUITE_TIMEOUT_MS = 180_000

/** Every check of every scenario, `<id>: <status>`, in order. */
export type Findings = Readonly<Record<string, readonly string[]>>

export interface Endpoints {
  readonly direct: string
  readonly proxied: string
  close(): Promise<void>
}

export async function startEndpoints(): Promise<Endpoints> {
  const fixture = await startFixture()
  const stack = await startInProcess({ url: fixture.url })
  const { accessToken } = await obtainGrant(stack, createOAuthClient(stack.issuer))
  const shim = await startShim(new URL(stack.mcpUrl), accessToken)
  return {
    direct: fixture.url,
    proxied: shim.url,
    async close() {
      await shim.close()
      await stack.stop()
      await fixture.close()
    },
  }
}

export async function findings(suite: Suite, url: string): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-conformance-'))
  try {
    const args = [...SUITES[suite], '--url', url, '-o', folder]
    // It ends with 1 where the fixture lacks something; what counts is what it wrote.
    await new Promise((resolve) =>
      execFile(process.execPath, args, { cwd: folder, timeout: SUITE_TIMEOUT_MS }, resolve),
    )
    return await readFindings(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readFindings(folder: string): Promise<Findings> {
  const found: Record<string, string[]> = {}
  for await (const path of glob('**/checks.json', { cwd: folder })) {
    const checks = JSON.parse(await readFile(join(folder, path), 'utf8')) as { id: string; status: string }[]
    const scenario = dirname(path)
      .replace(/^server-/, '')
      .replace(/-\d{4}-\d{2}-\d{2}T.*$/, '')
    found[scenario] = checks.map(({ id, status }) => `${id}: ${status}`).toSorted()
  }
  return found
}

/** A Markdown table with a row for each scenario; `same` is what the gateway promises of every one. */
export function differentialTable(direct: Findings, proxied: Findings): string {
  const scenarios = [...new Set([...Object.keys(direct), ...Object.keys(proxied)])].toSorted()
  const rows = scenarios.map((name) => {
    const [one = [], other = []] = [direct[name], proxied[name]]
    const same = one.join('\n') === other.join('\n') ? 'same' : '**differs**'
    return `| ${name} | ${summary(one)} | ${summary(other)} | ${same} |`
  })
  return ['| scenario | direct | through the gateway | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function summary(checks: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const check of checks) {
    const status = check.slice(check.lastIndexOf(' ') + 1)
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  return [...counts].map(([status, count]) => `${count} ${status}`).join(', ') || 'not run'
}
