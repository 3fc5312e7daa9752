/** The programs of infra/audit.md, taken from the page and run with the credential that strangers get and no other right. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createOAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { programOf } from './audit-page.ts'
import { findNatsCli } from './nats-cli.ts'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { ROOT } from './stack/processes.ts'
import { REDIRECT } from './wire.ts'

const run = promisify(execFile)

/** A machine without Python says so and skips; with CI=true it fails. */
async function pythonWith(packages: readonly string[], folder: string, context: TestContext): Promise<string> {
  const python = join(folder, 'venv', 'bin', 'python')
  try {
    await run('python3', ['-m', 'venv', join(folder, 'venv')])
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
  } catch (cause) {
    if (process.env['CI'] === 'true') throw new Error('no Python with pip', { cause })
    console.warn(`SKIPPED: the Python program of infra/audit.md: no Python with pip (${String(cause).split('\n')[0]})`)
    context.skip('no Python with pip')
  }
  return python
}

describe('the programs of infra/audit.md', () => {
  let stack: FiveProcesses
  let folder: string
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    stack = await startFiveProcesses()
    folder = await mkdtemp(join(tmpdir(), 'gateway-subscribers-'))
    await symlink(`${ROOT}node_modules`, join(folder, 'node_modules'))
    await writeFile(join(folder, 'auditor.nk'), `${stack.seeds.auditor}\n`)
    env = { ...process.env, NATS_URL: stack.nats.url, NATS_NKEY: join(folder, 'auditor.nk') }
  })
  afterAll(async () => {
    await stack?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  async function registerClient(): Promise<string> {
    const request = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }
    const { status, body } = await createOAuthClient(stack.issuer).register(request)
    expect(status).toBe(201)
    return String(body.client_id)
  }

  /** Runs a program that does not end by itself until it has said all of these; everything it said. */
  function linesUntil(command: string, args: readonly string[], texts: readonly string[]): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: folder, env })
      let said = ''
      const onText = (chunk: Buffer) => {
        said += String(chunk)
        if (texts.every((text) => said.includes(text))) child.kill()
      }
      child.stdout.on('data', onText)
      child.stderr.on('data', onText)
      const overdue = setTimeout(() => child.kill(), 20_000)
      child.on('close', () => {
        clearTimeout(overdue)
        if (texts.every((text) => said.includes(text))) resolve(said.trim().split('\n'))
        else reject(new Error(`${command} did not say ${texts.join(', ')}:\n${said}`))
      })
    })
  }

  it('Node: one area from the beginning, and again from where it stopped', async () => {
    await writeFile(join(folder, 'audit.mjs'), await programOf('node'))
    const node = (...texts: string[]) => linesUntil(process.execPath, ['audit.mjs', 'client.>'], texts)
    const [first, second] = [await registerClient(), await registerClient()]
    const lines = await node(first, second)
    expect(lines.filter((line) => !line.includes(' audit.client.'))).toEqual([])

    const third = await registerClient()
    expect((await node(third)).join('\n')).not.toMatch(new RegExp(`${first}|${second}`))
  })

  it('Node: from a time on', async () => {
    const program = await programOf('node')
    await writeFile(join(folder, 'since.mjs'), program.replaceAll('node-example', 'node-example-since'))
    const before = await registerClient()
    const since = new Date().toISOString()
    const after = await registerClient()
    const lines = await linesUntil(process.execPath, ['since.mjs', '>', since], [after])
    expect(lines.join('\n')).not.toContain(before)
  })

  it('the command line: live, replayed, and with a durable that goes on', { timeout: 600_000 }, async (context) => {
    const cli = await findNatsCli()
    if (cli === undefined) {
      console.warn('SKIPPED: the command line of infra/audit.md: no `nats` on PATH')
      context.skip('no nats command line')
      return
    }
    const pasted = { ...env, PATH: `${cli}:${env['PATH']}`, HOME: folder }
    const [live = '', replay = '', failed = '', add = '', next = ''] = (await programOf('cli')).trim().split('\n')
    // What follows a subject does not end by itself, and `next` with fewer left than asked for ends with a complaint.
    const paste = (line: string, seconds = 40) =>
      run('bash', ['-c', `timeout ${seconds} ${line.replace('#', '2>&1 #')}`], { cwd: folder, env: pasted })
        .catch((ended: { stdout: string }) => ended)
        .then(({ stdout }) => stdout)
    const before = await Promise.all(Array.from({ length: 10 }, registerClient))
    const [first = ''] = before
    const following = paste(live, 15)
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    const refused = await createOAuthClient(stack.issuer).refresh({ client_id: first, refresh_token: 'none' })
    expect(refused.status).toBe(400)
    expect(await following).toContain('"audit.token.refused"')
    expect(await paste(replay)).toContain('"audit.client.registered"')
    expect(await paste(failed, 3)).not.toMatch(/audit\.client|error/)

    expect(await paste(add)).toContain('my-siem')
    const told = await paste(next)
    expect(told.match(/"type": ?"audit\./g)).toHaveLength(10)
    const after = await registerClient()
    const again = `${await paste(next)}${await paste(next)}`
    expect(again).toContain(after)
    const idsOf = (text: string) => new Set(text.match(/"id": ?"[^"]+"/g))
    expect([...idsOf(told)].filter((id) => idsOf(again).has(id))).toEqual([])
  })

  it('Python: one area from a time on, and again from where it stopped', { timeout: 120_000 }, async (context) => {
    const python = await pythonWith(['nats-py==2.16.0', 'nkeys==0.2.1'], folder, context)
    await writeFile(join(folder, 'audit.py'), await programOf('python'))
    const before = await registerClient()
    const since = new Date().toISOString()
    const audit = async () => (await run(python, ['audit.py', 'client.>', since], { cwd: folder, env })).stdout
    const first = await registerClient()
    const told = await audit()
    expect(told).toContain(first)
    expect(told).not.toContain(before)

    const second = await registerClient()
    const again = await audit()
    expect(again).toContain(second)
    expect(again).not.toContain(first)
  })
})
