/** Every step that decides leaves an event that a stranger's subscription sees, and none tells a secret or a person's data. */
import { auditTypes, cloudEventSchema } from '@gateway/contracts'
import { createOAuthClient } from '@gateway/testing'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { connect, nkeyAuthenticator } from 'nats'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startFiveProcesses } from './stack/five-processes.ts'
import { callMcp, callModern, obtainGrant } from './wire.ts'

const JOURNEY = [
  'audit.client.registered',
  'audit.consent.granted',
  'audit.login.succeeded',
  'audit.identity.first-seen',
  'audit.code.issued',
  'audit.code.redeemed',
  'audit.token.issued',
  'audit.token.refreshed',
  'audit.token.revoked',
  'audit.token.refused',
  'audit.mcp.request',
  'audit.mcp.denied',
  'audit.client.in-use',
]

describe('the audit', () => {
  it('tells the whole journey, in valid CloudEvents without a secret', async () => {
    const stack = await startFiveProcesses()
    onTestFinished(() => stack.stop())
    const nc = await connect({
      servers: stack.nats.url,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(stack.seeds.auditor)),
    })
    onTestFinished(() => nc.close())
    const seen: string[] = []
    nc.subscribe('audit.>', { callback: (_error, message) => void seen.push(message.string()) })
    await nc.flush()

    const client = createOAuthClient(stack.issuer)
    const grant = await obtainGrant(stack, client)
    await callModern(stack, grant.accessToken, 'whoami')
    await callMcp(stack)
    const refreshed = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    await client.revoke({ client_id: grant.clientId, token: grant.refreshToken })
    await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })

    const typesSeen = () => new Set(seen.map((text) => cloudEventSchema.parse(JSON.parse(text)).type))
    await expect.poll(() => JOURNEY.filter((type) => !typesSeen().has(type)), { timeout: 10_000 }).toEqual([])
    expect([...typesSeen()].filter((type) => !(type in auditTypes))).toEqual([])
    expect(await violations(stack.issuer, seen)).toEqual([])
    const all = seen.join('\n')
    const secrets = [
      grant.accessToken,
      grant.refreshToken,
      grant.code,
      grant.verifier,
      String(refreshed.body.access_token),
    ]
    for (const secret of [...secrets, 'ada@', 'Ada Lovelace']) expect(all).not.toContain(secret)
  })
})

/** Each event's data against the JSON Schema that it names, as the gateway serves it: what a stranger would check. */
async function violations(issuer: string, events: readonly string[]): Promise<readonly string[]> {
  const ajv = new Ajv2020({ allErrors: true })
  const found: string[] = []
  for (const text of events) {
    const { type, data, dataschema } = cloudEventSchema.parse(JSON.parse(text))
    const url = new URL(dataschema, issuer).href
    if (!ajv.getSchema(url)) {
      const answer = await fetch(url)
      if (answer.status !== 200) return [`${url}: ${answer.status}`]
      ajv.addSchema((await answer.json()) as object)
    }
    const validate = ajv.getSchema(url)
    if (!validate) return [`${url} names itself otherwise`]
    // As sent, not as a lenient parser would leave it.
    if (!validate((JSON.parse(text) as { data: unknown }).data)) {
      found.push(`${type}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(data)}`)
    }
  }
  return found
}
