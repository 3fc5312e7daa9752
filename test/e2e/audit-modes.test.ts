/** `audit.mode` and `audit.address` over a real nats-server that is stopped and started again. */
import type { AuditCloudEvent } from '@gateway/contracts'
import { createOAuthClient } from '@gateway/testing'
import { connect, nkeyAuthenticator } from 'nats'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { callModern, obtainGrant } from './wire.ts'

async function started(more: string) {
  const stack = await startFiveProcesses(more)
  onTestFinished(() => stack.stop())
  const client = createOAuthClient(stack.issuer)
  return { stack, client, grant: await obtainGrant(stack, client) }
}

/** Everything in stream AUDIT, as the auditor reads it. */
async function audited({ nats, seeds }: FiveProcesses): Promise<readonly AuditCloudEvent[]> {
  const nc = await connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seeds.auditor)),
  })
  const events: AuditCloudEvent[] = []
  const { state } = await (await nc.jetstreamManager()).streams.info('AUDIT')
  const consumer = await nc.jetstream().consumers.get('AUDIT')
  for await (const message of await consumer.consume()) {
    events.push(message.json<AuditCloudEvent>())
    if (message.seq >= state.last_seq) break
  }
  await nc.close()
  return events
}

const ofType = (events: readonly AuditCloudEvent[], type: string) => events.filter((event) => event.type === type)

async function metricOf({ services }: FiveProcesses, service: 'proxy' | 'auth-server', name: string): Promise<number> {
  const [replica] = services[service]
  const text = await (await fetch(`http://127.0.0.1:${replica?.telemetryPort}/metrics`)).text()
  return Number(new RegExp(`^${name}{[^}]*of="${service}"[^}]*} (\\S+)$`, 'm').exec(text)?.[1])
}

describe('audit.mode', () => {
  it('strict: refuses what cannot be recorded with 503, serves documents, and says afterwards how many', async () => {
    const { stack, client, grant } = await started('audit: { mode: strict, address: prefix }')
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)

    await stack.nats.kill('SIGKILL')
    await expect.poll(async () => (await callModern(stack, grant.accessToken, 'whoami')).status).toBe(503)
    const called = await callModern(stack, grant.accessToken, 'whoami')
    expect([called.headers.get('retry-after'), await called.json()]).toEqual([
      '2',
      expect.objectContaining({ error: expect.objectContaining({ code: -32_005 }) }),
    ])
    const refreshed = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    expect(refreshed).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect(refreshed.headers.get('retry-after')).toBe('2')
    const authorize = await fetch(`${stack.issuer}/oauth/authorize?client_id=${grant.clientId}`)
    expect([authorize.status, authorize.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await fetch(`${stack.issuer}/.well-known/oauth-authorization-server`)).status).toBe(200)
    expect((await fetch(`${stack.issuer}/.well-known/oauth-protected-resource/calculator/mcp`)).status).toBe(200)

    await stack.nats.restart()
    await stack.ready()
    await expect.poll(async () => (await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
    const told = async (source: string) =>
      ofType(await audited(stack), 'audit.gap.requests-refused')
        .filter((event) => event.source === source)
        .map(({ data }) => Number.parseInt(data.reason ?? '', 10))
        .reduce((sum, each) => sum + each, 0)
    await expect.poll(() => told('/services/proxy')).toBe(await metricOf(stack, 'proxy', 'gateway_audit_refused_total'))
    await expect.poll(() => told('/services/auth-server')).toBe(2)
    expect(await metricOf(stack, 'auth-server', 'gateway_audit_refused_total')).toBe(2)

    const requests = ofType(await audited(stack), 'audit.mcp.request')
    expect(requests.map(({ data }) => data.address)).toEqual(requests.map(() => '127.0.0.0/24'))
  })

  it('best-effort: goes on while NATS is away, and records all of it once NATS is back', async () => {
    const { stack, grant } = await started('')
    await stack.nats.kill('SIGKILL')
    for (let n = 0; n < 50; n++) expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
    expect(await metricOf(stack, 'proxy', 'gateway_audit_buffered')).toBe(50)
    await stack.nats.restart()
    await stack.ready()
    await expect.poll(async () => ofType(await audited(stack), 'audit.mcp.request')).toHaveLength(50)
    expect(await metricOf(stack, 'proxy', 'gateway_audit_lost_total')).toBe(0)
    expect(await metricOf(stack, 'proxy', 'gateway_audit_buffered')).toBe(0)
  })
})
