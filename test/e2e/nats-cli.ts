/** The `nats` command line: on PATH, built here earlier, or in CI built now. */
import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const MODULE = 'github.com/nats-io/natscli/nats@v0.4.0'
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mcp-oauth-gateway', 'nats-cli')

/** The folder of the program; undefined where there is none and Go is not to be waited for. @throws in CI */
export async function findNatsCli(): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), CACHE]) {
    const found = await access(join(folder, 'nats')).then(
      () => true,
      () => false,
    )
    if (found) return folder
  }
  if (process.env['CI'] !== 'true') return undefined
  await promisify(execFile)('go', ['install', MODULE], { env: { ...process.env, GOBIN: CACHE } })
  return CACHE
}
