import type { AuditData } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { isClientSecretOf } from '../client-secret.ts'
import { registerClient } from './register-client.ts'
import { resolveClient } from './resolve-client.ts'

const form = { client_name: 'My MCP Client', redirect_uris: 'http://localhost:8080/callback' }
const inspector = {
  client_name: 'MCP Inspector',
  redirect_uris: ['http://127.0.0.1:6276/oauth/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  application_type: 'native',
  scope: 'read',
}

describe('registering a client', () => {
  let deps: Awaited<ReturnType<typeof testDeps>>
  let audited: (readonly [string, AuditData])[]
  let requests = 0
  const register = (metadata: Record<string, unknown>) =>
    registerClient(
      { ...deps, audit: { record: (type, data) => void audited.push([type, data]) } },
      { metadata, address: '192.0.2.1' },
      { requestId: `r${++requests}` },
    )

  beforeEach(async () => {
    deps = await testDeps()
    audited = []
  })

  it('answers what was registered and a secret that never expires (RFC 7591 §3.2.1)', async () => {
    const { client, client_secret, client_secret_expires_at } = await register(form)
    expect(client).toMatchObject({ origin: 'registered', registered_at: deps.clock.now })
    expect(client.metadata).toMatchObject({
      redirect_uris: ['http://localhost:8080/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
    })
    expect(isClientSecretOf(deps.keyring, client.client_id, client_secret ?? '')).toBe(true)
    expect(client_secret_expires_at).toBe(0)
  })

  it('gives a public client no secret', async () => {
    const registration = await register(inspector)
    expect(Object.keys(registration)).toEqual(['client'])
    expect(registration.client.metadata).toMatchObject(inspector)
  })

  it('gives two alike two ids and two secrets (original-1)', async () => {
    const [one, two] = [await register(form), await register(form)]
    expect(one.client.client_id).not.toBe(two.client.client_id)
    expect(one.client_secret).not.toBe(two.client_secret)
    expect(one.client.client_id).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })

  it('is known to every replica at once, and kept without its secret', async () => {
    const { client, client_secret } = await register(form)
    expect(await resolveClient(deps.bus, client.client_id)).toEqual(client)
    const facts: string[] = []
    const projection = await deps.bus.project(
      { stream: 'EVT_REGISTRATIONS', subject: 'evt.registry.registration.*' },
      { reset: () => {}, apply: ({ data }) => void facts.push(JSON.stringify(data)) },
    )
    await projection.caughtUp
    await projection.stop()
    expect(facts).toHaveLength(1)
    expect(facts[0]).not.toContain(client_secret)
  })

  it('is forgotten after seven days without a redeemed code (pain-4)', async () => {
    const { client } = await register(form)
    deps.clock.advance(7 * 86_400_000 + 1)
    await expect(resolveClient(deps.bus, client.client_id)).rejects.toMatchObject({
      name: 'Refusal',
      code: 'client_not_found',
    })
  })

  it.each([
    [{}, 'invalid_redirect_uri'],
    [{ ...form, redirect_uris: 'javascript:alert(1)' }, 'invalid_redirect_uri'],
    [{ ...form, token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
  ])('refuses %j with %s (RFC 7591 §3.2.2), and says so in the audit', async (metadata, code) => {
    await expect(register(metadata)).rejects.toMatchObject({ name: 'Refusal', code })
    expect(audited).toEqual([
      [
        'audit.client.refused',
        { decision: 'denied', reason: code, actor: 'anonymous', address: '192.0.2.1', request_id: `r${requests}` },
      ],
    ])
  })

  it('answers an outage, and loses nobody, when the stream of registrations is full', async () => {
    const kept = await register(form)
    await deps.bus.ensureStream({
      name: 'EVT_REGISTRATIONS',
      subjects: ['evt.registry.registration.*'],
      maxMessages: 1,
      discard: 'new',
      appendOnly: false,
      replicas: 1,
    })
    await expect(register(form)).rejects.toBeInstanceOf(Unavailable)
    expect(await resolveClient(deps.bus, kept.client.client_id)).toEqual(kept.client)
  })
})
