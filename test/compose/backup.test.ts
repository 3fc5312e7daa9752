/** infra/backup.sh and infra/restore.sh: everything destroyed and brought back, and a token of before goes on. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createOAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../e2e/stack/processes.ts'
import { callModern, obtainGrant } from '../e2e/wire.ts'
import { startLoad } from './load.ts'
import { type ComposeStack, dockerMissing, startCompose } from './stack.ts'

const run = promisify(execFile)
const missing = dockerMissing()
if (missing) console.warn(`SKIPPED: backup and restore: ${missing}`)

const PROJECT = 'gateway-backup-test'
const MINUTE = 60_000

describe.skipIf(missing)('infra/backup.sh and infra/restore.sh', { timeout: 5 * MINUTE }, () => {
  let stack: ComposeStack
  let folder: string
  let file: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-backup-'))
    file = join(folder, 'gateway.tar')
    stack = await startCompose(PROJECT)
  }, 8 * MINUTE)
  afterAll(async () => {
    await stack?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  }, 2 * MINUTE)

  function script(name: 'backup' | 'restore', ...args: readonly string[]): Promise<{ stdout: string }> {
    const env = { ...process.env, ...stack.env, COMPOSE_PROJECT_NAME: PROJECT }
    return run(`${ROOT}infra/${name}.sh`, [file, ...args], { env })
  }

  it('backs up, is destroyed, is restored, and refreshes with an old token', async () => {
    const client = createOAuthClient(stack.issuer)
    const grant = await obtainGrant(stack, client)
    const keys = await (await fetch(`${stack.issuer}/.well-known/jwks.json`)).text()

    const load = startLoad(stack, grant.accessToken, 2)
    console.log((await script('backup')).stdout.trim())
    const { sent, failed } = await load.stop()
    console.log(`during the backup: ${sent} calls, ${failed.length} failed`)
    expect(failed).toEqual([])
    expect((await stat(file)).mode & 0o077).toBe(0)

    await expect(script('restore')).rejects.toThrow('is running')
    await stack.compose('down', '--volumes')
    await script('restore')
    await stack.compose('up', '--detach', '--wait')
    const refresh = () => client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    await expect.poll(async () => (await refresh()).status, { timeout: MINUTE, interval: 500 }).toBe(200)
    expect(await (await fetch(`${stack.issuer}/.well-known/jwks.json`)).text()).toBe(keys)
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
  })

  it('does not overwrite data without being told to', async () => {
    await stack.compose('down')
    await expect(script('restore')).rejects.toThrow('--overwrite')
    await script('restore', '--overwrite')
  })
})
