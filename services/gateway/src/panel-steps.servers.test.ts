/** The panel's "every step by hand", pasted into a real shell as it is printed; consent and sign-in in a browser without script. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { runProcess } from '@gateway/service'
import { createBrowser, fakeHost, freePorts } from '@gateway/testing'
import { expect, it, vi } from 'vitest'
import { runCommandLine } from './cli.ts'

const run = promisify(execFile)
const MARK = '@@@@'

/** What each command printed, in order. */
async function paste(commands: readonly string[]): Promise<readonly string[]> {
  const script = commands.map((command) => `${command}\necho; echo ${MARK}`).join('\n')
  const { stdout } = await run('bash', ['-c', script])
  return stdout.split(MARK).map((text) => text.trim())
}

/** The commands under the heading, in order. */
function commandsOf(panel: string): readonly string[] {
  const section = panel.slice(panel.indexOf('Every step by hand'))
  return section.split('\n').flatMap((line) => (line.startsWith('    ') ? [line.trim()] : []))
}

it('every step that the panel prints works as it is printed', { timeout: 30_000 }, async () => {
  const port = await freePorts(3)
  const host = fakeHost(['start', '--port', String(port)])
  const ended = runProcess(host, () => runCommandLine(host))
  await vi.waitFor(() => expect(host.out()).toContain('Ctrl-C stops it.'), { timeout: 10_000 })
  const commands = commandsOf(host.out())
  const paused = commands.indexOf('CODE=paste-it-here')
  expect(paused).toBeGreaterThan(0)

  const before = await paste([...commands.slice(0, paused), 'declare -p CLIENT VERIFIER'])
  expect(before[0]).toMatch(/^HTTP\/1\.1 401 /)
  expect(JSON.parse(before[1] ?? '')).toMatchObject({ resource: `http://localhost:${port}/calculator/mcp` })
  expect(JSON.parse(before[2] ?? '')).toMatchObject({ issuer: `http://localhost:${port}` })
  expect(JSON.parse(before[3] ?? '')).toHaveProperty('keys')
  const variables = before[paused] ?? ''
  const address = before[paused - 1] ?? ''

  const browser = createBrowser({ stopAt: 'http://localhost:9999/callback' })
  const signIn = await browser.submit(await browser.open(address), { button: { name: 'decision', value: 'approve' } })
  const ada = signIn.forms.flatMap((form) => form.buttons).find((button) => button.text.includes('Ada Lovelace'))
  const { url } = await browser.submit(signIn, { button: ada?.text })
  const code = url.searchParams.get('code') ?? ''
  expect(code).not.toBe('')

  const after = await paste([variables, `CODE=${code}`, ...commands.slice(paused + 1)])
  const [tokens, , whoAmI, refreshed, revoked, refused] = after.slice(2)
  expect(JSON.parse(tokens ?? '')).toMatchObject({ token_type: 'Bearer', scope: expect.stringContaining('read') })
  expect(whoAmI).toContain('ada-lovelace')
  expect(JSON.parse(refreshed ?? '')).toHaveProperty('access_token')
  expect(revoked).toMatch(/^HTTP\/1\.1 200 /)
  expect(refused).toMatch(/^HTTP\/1\.1 401 /)
  host.signal('SIGINT')
  await ended
})
