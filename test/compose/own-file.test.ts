/** An operator's own file, with a provider and a backend on the host, and with OpenBao in the place of Redis. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { startDemoCalculator, startDemoProvider } from '@gateway/demo'
import { createOAuthClient, freePort, makeCertificates, type OAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ROOT } from '../e2e/stack/processes.ts'
import { callModern, type Granted, obtainGrant } from '../e2e/wire.ts'
import { type ComposeStack, dockerMissing, startCompose } from './stack.ts'

const missing = dockerMissing()
if (missing) console.warn(`SKIPPED: the operator's own file: ${missing}`)

const PROJECT = 'gateway-own-file-test'
const MINUTE = 60_000
/** Reached through variables alone: neither stands in the file. */
const CLIENT = { clientId: 'a-client-of-the-operator', clientSecret: 'a secret between the operator and the provider' }

function configText(provider: number, calculator: number): string {
  const inside = `http://host.docker.internal:${provider}`
  return `
host: "localhost"
issuer: "http://localhost:1"
session_secret: "\${SESSION_SECRET}"
nats: { url: "nats://elsewhere:4222" }
oauth_providers:
  oidc:
    client_id: "\${GOOGLE_CLIENT_ID}"
    client_secret: "\${GOOGLE_CLIENT_SECRET}"
    issuer: "http://localhost:${provider}"
    authorization_url: "http://localhost:${provider}/auth"
    token_url: "${inside}/token"
    userinfo_url: "${inside}/me"
    jwks_url: "${inside}/jwks"
    allow_insecure: true
mcp_services:
  calculator:
    name: "Calculator"
    url: "http://host.docker.internal:${calculator}"
    scopes: ["read", "calculate"]
`
}

describe.skipIf(missing)('GATEWAY_CONFIG and infra/compose.vault.yml', { timeout: 2 * MINUTE }, () => {
  const running: { close(): Promise<void> }[] = []
  let folder: string
  let stack: ComposeStack
  let client: OAuthClient
  let grant: Granted

  beforeAll(async () => {
    const [provider, calculator] = [await freePort(), await freePort()]
    folder = await mkdtemp(join(tmpdir(), 'gateway-own-file-'))
    await chmod(folder, 0o755)
    const file = join(folder, 'config.yaml')
    await writeFile(file, configText(provider, calculator))
    const variables = {
      GATEWAY_CONFIG: file,
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
    }
    stack = await startCompose(PROJECT, variables, ['infra/compose.vault.yml'])
    const issuer = `http://localhost:${provider}`
    const redirectUri = `${stack.issuer}/oauth/callback`
    running.push(await startDemoProvider({ host: '0.0.0.0', port: provider, issuer, redirectUri, ...CLIENT }))
    running.push(await startDemoCalculator({ host: '0.0.0.0', port: calculator }))
    client = createOAuthClient(stack.issuer)
  }, 8 * MINUTE)
  afterAll(async () => {
    await stack?.stop()
    await Promise.all(running.map((server) => server.close()))
    if (folder) await rm(folder, { recursive: true, force: true })
  }, 2 * MINUTE)

  /** `docker compose …` with other variables than the stack was started with. */
  function withVariables(variables: Record<string, string>, ...args: readonly string[]): Promise<unknown> {
    const files = ['infra/compose.yml', 'infra/compose.vault.yml'].flatMap((file) => ['-f', file])
    const all = ['compose', '-p', PROJECT, ...files, ...args]
    return promisify(execFile)('docker', all, { cwd: ROOT, env: { ...stack.env, ...variables } })
  }

  it('serves the operator’s provider and backend, without the demo and without Redis', async () => {
    grant = await obtainGrant(stack, client)
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
    const services = (await stack.compose('ps', '--services')).trim().split('\n')
    expect(services.filter((name) => name.startsWith('demo-') || name === 'redis')).toEqual([])
    expect(services).toContain('vault')
  })

  it('waits for nothing that is not there: Redis of nobody, the demo of nobody', async () => {
    const all = ['--profile', 'demo', 'config', '--format', 'json']
    const { services } = JSON.parse(await stack.compose(...all)) as {
      services: Record<string, { depends_on?: Record<string, unknown> }>
    }
    const waits = Object.entries(services).map(
      ([name, { depends_on = {} }]) => [name, Object.keys(depends_on)] as const,
    )
    expect(waits.filter(([, on]) => on.includes('redis'))).toEqual([])
    expect(waits.filter(([name, on]) => name.startsWith('demo-') && on.length > 0)).toEqual([])
  })

  it('publishes NATS, unless NATS_BIND is empty', async () => {
    expect(await greeting(stack.natsUrl)).toMatch(/^INFO /)
    await withVariables({ NATS_BIND: '' }, 'up', '--detach', '--wait', '--no-deps', 'nats')
    expect(await greeting(stack.natsUrl)).toBe('')
    await expect.poll(async () => (await fetch(`${stack.issuer}/ready`)).status, { timeout: MINUTE }).toBe(200)
  })

  it('speaks TLS and HTTP/2 with TLS_CERT_FILE', async () => {
    const certificates = await makeCertificates(['DNS:localhost'])
    onTestFinished(() => certificates.remove())
    const pem = join(folder, 'edge.pem')
    const parts = [certificates.certificate, certificates.key].map((file) => readFile(file, 'utf8'))
    await writeFile(pem, (await Promise.all(parts)).join(''))
    await chmod(pem, 0o644)
    await withVariables({ TLS_CERT_FILE: pem }, 'up', '--detach', '--wait', '--no-deps', 'edge')
    const session = connectHttp2(stack.issuer.replace('http:', 'https:'), {
      ca: await readFile(certificates.authority),
    })
    onTestFinished(() => session.close())
    const asked = session.request({ ':path': '/.well-known/oauth-protected-resource/calculator/mcp' })
    expect(JSON.parse(await text(asked))).toMatchObject({ resource: stack.mcpUrl })
    await stack.compose('up', '--detach', '--wait', '--no-deps', 'edge')
  })

  it('opens OpenBao again after it was restarted, with everything in it', async () => {
    await stack.compose('restart', 'vault')
    const refresh = () => client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    await expect.poll(async () => (await refresh()).status, { timeout: MINUTE, interval: 500 }).toBe(200)
  })

  it('has no root token left, and lets its own read nothing of the others', async () => {
    const files = await stack.compose('exec', '-T', 'vault-keeper', 'ls', '/keeper', '/token')
    expect(files.split('\n').filter((name) => /^\w+$/.test(name))).toEqual(['unseal_key', 'vault_token'])
    const asked = `fetch('http://vault:8200/v1/sys/mounts', { headers: { 'X-Vault-Token':
      require('node:fs').readFileSync('/token/vault_token', 'utf8') } }).then((answer) => console.log(answer.status))`
    expect((await stack.compose('exec', '-T', 'vault-keeper', 'node', '-e', asked)).trim()).toBe('403')
  })

  it('measures everything that the dashboard and the alerts of infra/observability ask for', async () => {
    const asked = `fetch('http://127.0.0.1:9464/metrics').then((answer) => answer.text()).then(console.log)`
    const metrics = await stack.compose('exec', '-T', 'proxy', 'node', '-e', asked)
    const folder = `${ROOT}infra/observability`
    const files = [`${folder}/dashboards/gateway.json`, `${folder}/alerts.yml`]
    const text = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n')
    const named = new Set(text.match(/\b(gateway|nodejs|process)_[a-z0-9_]+/g))
    expect(named.size).toBeGreaterThan(5)
    expect([...named].filter((name) => !metrics.includes(`\n${name}{`))).toEqual([])
    const all = ['-f', 'infra/compose.yml', '-f', 'infra/compose.observability.yml']
    await stack.docker(
      'compose',
      '--project-directory',
      `${ROOT}infra`,
      ...all.map((file) => file.replace('infra/', `${ROOT}infra/`)),
      'config',
      '--quiet',
    )
  })
})

/** What a server says first to whoever connects; nothing when it hangs up or does not answer. */
function greeting(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 3_000 })
    const done = (said: string) => {
      socket.destroy()
      resolve(said)
    }
    socket.once('data', (said) => done(String(said)))
    for (const nothing of ['error', 'timeout', 'close']) socket.once(nothing, () => done(''))
  })
}
