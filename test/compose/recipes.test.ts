/** The three `docker run` recipes of the gateway's predecessor, as written but for the images' names and published ports. */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { freePort } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../e2e/stack/processes.ts'
import { dockerMissing } from './stack.ts'

const run = promisify(execFile)
const missing = dockerMissing()
if (missing) console.warn(`SKIPPED: the docker run recipes: ${missing}`)

const CONFIG = `
host: "localhost"
port: 8080
issuer: "http://localhost:8080"
session_secret: "your-dev-secret-change-in-production"
debug: true
oauth_providers:
  google:
    client_id: "\${GOOGLE_CLIENT_ID}"
    client_secret: "\${GOOGLE_CLIENT_SECRET}"
    scopes: ["openid", "email", "profile"]
mcp_services:
  calculator:
    name: "Calculator Service"
    url: "http://localhost:3001"
    oauth_provider: "google"
    auth_required: true
    scopes: ["read", "calculate"]
`
/** `host` stands for `host.docker.internal`, or the container's own address, as the recipe has it. */
const REDIS = (host: string) => `
storage:
  type: "redis"
  redis:
    host: "${host}"
    port: 6379
    password: "\${REDIS_PASSWORD}"
`
const VAULT = (host: string) => `
storage:
  type: "vault"
  vault:
    url: "http://${host}:8200"
    token: "\${VAULT_TOKEN}"
    mount_point: "secret"
    path_prefix: "mcp-gateway"
`
const CALLBACK = 'http://127.0.0.1:4711/callback'
const MINUTE = 60_000
const CHALLENGE =
  '401 Bearer resource_metadata="http://localhost:8080/.well-known/oauth-protected-resource/calculator/mcp"'

interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

describe.skipIf(missing)('the docker run recipes of the predecessor', { timeout: 3 * MINUTE }, () => {
  const containers: string[] = []
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-recipes-'))
    const env = { ...process.env, DOCKER_BUILDKIT: process.env['DOCKER_BUILDKIT'] ?? '0' }
    const build = ['build', '-q', '-f', 'infra/Dockerfile', '-t', 'mcp-oauth-gateway', '.']
    await run('docker', build, { cwd: ROOT, env })
  }, 5 * MINUTE)
  afterAll(async () => {
    if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers)
    if (folder) await rm(folder, { recursive: true, force: true })
  }, MINUTE)

  async function docker(...args: readonly string[]): Promise<string> {
    return (await run('docker', args)).stdout.trim()
  }

  async function start(...args: readonly string[]): Promise<string> {
    const id = await docker('run', '-d', '--name', `gateway-recipe-${randomBytes(4).toString('hex')}`, ...args)
    containers.push(id)
    return id
  }

  function addressOf(container: string): Promise<string> {
    return docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', container)
  }

  /** The gateway with this configuration beside GOOGLE_*; the host's port, once it is healthy. */
  async function startGateway(config: string, ...args: readonly string[]): Promise<{ id: string; port: number }> {
    const file = join(folder, `${randomBytes(4).toString('hex')}.yaml`)
    await writeFile(file, config, { mode: 0o644 })
    const port = await freePort()
    const google = [
      '-e',
      'GOOGLE_CLIENT_ID=your-google-client-id',
      '-e',
      'GOOGLE_CLIENT_SECRET=your-google-client-secret',
    ]
    const mounted = ['-p', `127.0.0.1:${port}:8080`, '-v', `${file}:/app/config.yaml`]
    const id = await start(...mounted, ...google, ...args, 'mcp-oauth-gateway')
    await serves(id, port)
    return { id, port }
  }

  /** Docker's word comes from the internal port; the public one opens after the first catch-up. */
  async function serves(id: string, port: number): Promise<void> {
    const state = async () => {
      const health = await docker('inspect', '--format', '{{.State.Health.Status}}', id)
      const { status } = await ask(port, 'GET', '/health').catch(() => ({ status: 0 }))
      return `${health} ${status}`
    }
    await expect
      .poll(state, { timeout: MINUTE, interval: 300 })
      .toBe('healthy 200')
      .catch(async (cause: unknown) => {
        const { stdout, stderr } = await run('docker', ['logs', '--tail', '20', id])
        throw new Error(`the gateway does not serve:\n${stdout}${stderr}`, { cause })
      })
  }

  /** The published port is another than the issuer's, so the name that a client would ask for is sent by hand. */
  function ask(port: number, method: string, path: string, body?: object): Promise<Answer> {
    const headers = { host: 'localhost:8080', ...(body ? { 'content-type': 'application/json' } : {}) }
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        text(answer).then((content) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content })
        }, reject)
      })
      sent.on('error', reject)
      sent.end(body && JSON.stringify(body))
    })
  }

  async function unauthorized(port: number): Promise<string> {
    const refused = await ask(port, 'POST', '/calculator/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' })
    return `${refused.status} ${String(refused.headers['www-authenticate'])}`
  }

  async function register(port: number): Promise<string> {
    const request = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' }
    const { status, body } = await ask(port, 'POST', '/oauth/register', request)
    expect(status).toBe(201)
    return (JSON.parse(body) as { client_id: string }).client_id
  }

  /** A client that is known gets the consent page; of an unknown one the page says so, with 400. */
  async function authorizePage(port: number, clientId: string): Promise<number> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: CALLBACK,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 'recipe',
      resource: 'http://localhost:8080/calculator/mcp',
    })
    return (await ask(port, 'GET', `/oauth/authorize?${query.toString()}`)).status
  }

  /** The page for a client of before a restart, and for one that never was. */
  async function pagesAfterRestart({ id, port }: { id: string; port: number }): Promise<readonly number[]> {
    const clientId = await register(port)
    await docker('restart', id)
    await serves(id, port)
    return [await authorizePage(port, clientId), await authorizePage(port, 'nobody')]
  }

  it('in memory: starts and asks for a token', async () => {
    const { port } = await startGateway(CONFIG)
    expect(await unauthorized(port)).toContain(CHALLENGE)
    expect(await authorizePage(port, await register(port))).toBe(200)
  })

  it('on Redis: a registration survives a restart', async () => {
    const redis = await start('redis:7.4', 'redis-server', '--requirepass', 'mypassword')
    const config = CONFIG + REDIS(await addressOf(redis))
    const gateway = await startGateway(config, '-e', 'REDIS_PASSWORD=mypassword')
    expect(await unauthorized(gateway.port)).toContain(CHALLENGE)
    expect(await pagesAfterRestart(gateway)).toEqual([200, 400])
  })

  it('on Vault: a registration survives a restart', async () => {
    const vault = await start('-e', 'VAULT_DEV_ROOT_TOKEN_ID=myroot', 'openbao/openbao:2.7')
    const config = CONFIG + VAULT(await addressOf(vault))
    const gateway = await startGateway(config, '-e', 'VAULT_TOKEN=myroot')
    expect(await unauthorized(gateway.port)).toContain(CHALLENGE)
    expect(await pagesAfterRestart(gateway)).toEqual([200, 400])
  })
})
