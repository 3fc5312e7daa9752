/**
 * The authorization leg of the official MCP conformance suite against the gateway in one process. The suite plays the client
 * and waits for a browser; nothing that it finds is expected to fail, and no entry of a baseline excuses anything.
 */
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createOAuthClient, freePort } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../e2e/clients/process.ts'
import { signInAs } from '../e2e/sign-in.ts'
import { type Stack, startOneProcess } from '../e2e/stack/stack.ts'

interface Check {
  readonly id: string
  readonly name: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
}

let stack: Stack

beforeAll(async () => {
  stack = await startOneProcess()
})
afterAll(() => stack.stop())

describe('the conformance suite’s authorization server scenarios', () => {
  /** A public client: given a secret, the suite still sends none to a server whose metadata offers `none`. */
  it('all succeed for a registered public client, the check for client metadata documents among them', async () => {
    const checks = await runSuite()

    expect(checks.filter(({ status }) => status !== 'SUCCESS')).toEqual([])
    expect(checks.map(({ id }) => id).toSorted()).toEqual([
      'authorization-code-grant',
      'authorization-server-metadata',
      'authorization-server-metadata-cimd',
    ])
  })
})

/** One run for a client of its own: the checks of all scenarios. */
async function runSuite(): Promise<readonly Check[]> {
  const port = await freePort()
  const redirectUri = `http://127.0.0.1:${port}/callback`
  const { status, body } = await createOAuthClient(stack.issuer).register({
    client_name: 'Conformance suite',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  })
  expect(status).toBe(201)
  const about = { url: stack.issuer, resource: stack.mcpUrl, 'client-id': String(body['client_id']) }
  const options = Object.entries({ ...about, port: String(port), 'output-dir': 'results' })
  const args = options.flatMap(([name, value]) => [`--${name}`, value])
  const program = await startProgram('conformance', ['authorization', ...args])
  try {
    const [url] = await program.said(/https?:\/\/\S+\/oauth\/authorize\?\S+/)
    const redirect = await signInAs('Ada Lovelace')(new URL(url), redirectUri)
    await fetch(redirect)
    expect(await program.exited, program.output()).toBe(0)
    return await checksIn(join(program.home, 'results'))
  } finally {
    await program.stop()
  }
}

async function checksIn(folder: string): Promise<readonly Check[]> {
  const found: Check[] = []
  for await (const path of glob('**/checks.json', { cwd: folder }))
    found.push(...(JSON.parse(await readFile(join(folder, path), 'utf8')) as Check[]))
  return found
}
