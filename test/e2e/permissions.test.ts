/** With the server's own configuration printed from the contracts: what each credential is refused (and the journey runs with the same keys). */
import { connect, type NatsConnection, nkeyAuthenticator } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'

describe('the credentials of a deployment', () => {
  let stack: FiveProcesses
  const open: NatsConnection[] = []
  beforeAll(async () => {
    stack = await startFiveProcesses()
  })
  afterAll(async () => {
    await Promise.all(open.map((nc) => nc.close()))
    await stack?.stop()
  })

  async function as(role: keyof FiveProcesses['seeds'], inboxPrefix = `_INBOX_${role}`): Promise<NatsConnection> {
    const authenticator = nkeyAuthenticator(new TextEncoder().encode(stack.seeds[role]))
    const nc = await connect({ servers: stack.nats.url, authenticator, inboxPrefix, name: `test as ${role}` })
    open.push(nc)
    return nc
  }

  /** What the server says to a request: its permission error names the subject. */
  async function refusal(nc: NatsConnection, subject: string, payload = '{}'): Promise<string> {
    return nc.request(subject, payload, { timeout: 1_000 }).then(
      (message) => `answered: ${message.string()}`,
      (error: unknown) => String(error),
    )
  }

  it.each([
    ['proxy', 'evt.registry.client.x', 'a foreign aggregate'],
    ['auth-server', 'evt.token-issuer.token-family.x', 'a foreign aggregate'],
    ['provider-bridge', 'evt.token-issuer.revocation.user', 'a foreign revocation'],
    ['proxy', 'req.token-issuer.issue-token', 'an operation that it has no business with'],
    ['registry', 'req.provider-bridge.check-user', 'an operation that it has no business with'],
    ['token-issuer', '$JS.API.STREAM.DELETE.EVT_TOKEN_FAMILIES', 'deleting even its own stream'],
    ['token-issuer', '$JS.API.STREAM.PURGE.EVT_KEYS', 'purging even its own stream'],
    ['registry', '$JS.API.STREAM.MSG.GET.EVT_IDENTITIES', 'reading a foreign stream'],
    [
      'proxy',
      '$JS.API.CONSUMER.CREATE.EVT_TOKEN_FAMILIES.c.evt.token-issuer.token-family.*',
      'following a foreign stream',
    ],
    ['proxy', '$JS.API.CONSUMER.CREATE.EVT_SERVICES.c.>', 'following with another filter'],
    ['proxy', '$JS.API.CONSUMER.CREATE.EVT_SERVICES.c', 'following without a filter'],
    ['auditor', '$JS.API.STREAM.MSG.GET.EVT_CLIENTS', 'reading facts'],
    ['auditor', 'req.token-issuer.jwks', 'asking a service'],
    ['auditor', 'audit.login.succeeded.00', 'writing the audit'],
  ] as const)('%s may not send to %s: %s', async (role, subject, _why) => {
    expect(await refusal(await as(role), subject)).toMatch(/permission/i)
  })

  it.each([
    ['auditor', 'evt.>', undefined],
    ['proxy', '_INBOX_token-issuer.>', undefined],
    ['auth-server', 'req.token-issuer.issue-token', 'token-issuer'],
    ['registry', 'req.registry.resolve-client', undefined],
  ] as const)('%s may not listen to %s (queue: %s)', async (role, subject, queue) => {
    const nc = await as(role)
    const refused = Promise.withResolvers<string>()
    nc.subscribe(subject, { ...(queue ? { queue } : {}), callback: (error) => error && refused.resolve(error.message) })
    await nc.flush()
    expect(await refused.promise).toMatch(/permission/i)
  })

  it('a connection without a key, or with a made-up one, is refused', async () => {
    await expect(connect({ servers: stack.nats.url, reconnect: false })).rejects.toThrow(/authorization/i)
  })
})
