/** Whether a registration and a refresh cost the same with few and with many clients and families: the real services over NATS. */
import { call, serve, subjectOf } from '@gateway/bus'
import { connectNats, type NatsBus } from '@gateway/bus/nats'
import {
  aggregates,
  checkUser,
  durableDeliveries,
  issueToken,
  refreshToken,
  registerClient,
  streams,
} from '@gateway/contracts'
import { newId, systemClock } from '@gateway/kernel'
import { createApp as createRegistry } from '@gateway/registry'
import { provision, startNatsServer, testConfig, testDeps } from '@gateway/testing'
import { createApp as createTokenIssuer } from '@gateway/token-issuer'
import { AckPolicy, connect, DeliverPolicy, nanos } from 'nats'
import { fill } from './fill.ts'
import { compareSizes, whole } from './measure.ts'

const FEW = 10
/** The stream of registrations takes no more than 100,000. */
const REGISTRATIONS_MAX = 90_000
const OPERATIONS = 500
const ROUNDS = 5
const ISSUER = 'http://localhost:8080'
const CLIENT = 'bench'

interface World {
  readonly count: number
  readonly register: () => Promise<unknown>
  readonly refresh: (index: number) => Promise<unknown>
  stop(): Promise<void>
}

export async function measureGrowth(many: number): Promise<string> {
  const [few, full] = [await startWorld(FEW), await startWorld(many)]
  const operations = {
    register: { few: few.register, many: full.register },
    refresh: { few: few.refresh, many: full.refresh },
  }
  const compared = await compareSizes({ few: FEW, many }, operations, { rounds: ROUNDS, count: OPERATIONS })
  await few.stop()
  await full.stop()
  return `${compared}\n\nClients and families (registrations: at most ${whole(REGISTRATIONS_MAX)}), registry and token-issuer in one process over one nats-server each; whether the user may still come in is answered by a stub. Goal 1.3 ×. Medians of ${ROUNDS} interleaved rounds of ${whole(OPERATIONS)}.`
}

async function startWorld(count: number): Promise<World> {
  const server = await startNatsServer()
  const bus = await connectNats({ url: server.url, name: 'bench', streams: Object.values(streams) })
  const config = testConfig({ registration: { dynamic: { per_address_per_hour: 1_000_000 } } })
  await fillWorld(server.url, bus, config, count)
  const clock = Object.assign(() => systemClock(), { now: 0, advance: () => undefined })
  const deps = { ...(await testDeps({ config, clock })), bus }
  const apps = [await createRegistry(deps), await createTokenIssuer(deps)]
  await serve(bus, checkUser, systemClock, async ({ sub }) => ({ profile: { sub, id: sub, provider: 'google' } }))
  for (const app of apps) await app.start()
  const asking = () => ({ requestId: newId(), now: systemClock() })
  const tokens: string[] = []
  for (let index = 0; index < OPERATIONS; index++) {
    const answer = await call(bus, issueToken, grantOf(newId()), asking())
    tokens.push(answer.refresh_token ?? '')
  }
  return {
    count,
    register: () => call(bus, registerClient, { metadata: METADATA, address: '192.0.2.1' }, asking()),
    async refresh(index) {
      const token = tokens[index % tokens.length] ?? ''
      const answer = await call(bus, refreshToken, { refresh_token: token, client_id: CLIENT }, asking())
      tokens[index % tokens.length] = answer.refresh_token ?? ''
    },
    async stop() {
      for (const app of apps) await app.stop()
      await bus.close()
      await server.stop()
    },
  }
}

const METADATA = {
  client_name: 'Bench',
  redirect_uris: ['http://127.0.0.1:4711/callback'],
  token_endpoint_auth_method: 'none',
}

function grantOf(family: string) {
  const auth_time = Math.floor(Date.now() / 1_000)
  const scopes = ['read', 'calculate', 'offline_access']
  return {
    family,
    sub: 'google:1',
    client_id: CLIENT,
    resource: `${ISSUER}/calculator/mcp`,
    scopes,
    auth_time,
    refreshable: true,
  }
}

/** The durable consumers begin after the filling, so that no reaction works through it while something is measured. */
async function fillWorld(
  url: string,
  bus: NatsBus,
  config: ReturnType<typeof testConfig>,
  count: number,
): Promise<void> {
  await provision(
    { ensureStream: (stream) => bus.ensureStream(stream), ensureDurable: async () => 'unchanged' },
    config,
  )
  const nc = await connect({ servers: url })
  const state = (id: string) => ({
    status: 'active',
    family: id,
    sub: 'google:1',
    client_id: CLIENT,
    filling: 'x'.repeat(300),
  })
  const plan = [
    [streams.tokenFamilies.name, aggregates.tokenFamily, count],
    [streams.clients.name, aggregates.client, count],
    [streams.registrations.name, aggregates.registration, Math.min(count, REGISTRATIONS_MAX)],
  ] as const
  for (const [stream, prefix, size] of plan) {
    await fill(nc, stream, size, (index) => {
      const id = String(index)
      const data = {
        id: `${prefix}.${id}`,
        version: 1,
        at: 0,
        actor: 'service:bench',
        events: [],
        state: state(id),
        stateVersion: 1,
      }
      return { subject: subjectOf(prefix, id), id: data.id, data }
    })
  }
  const manager = await nc.jetstreamManager()
  for (const { stream, name, ackWaitMs } of durableDeliveries()) {
    await manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMs),
      deliver_policy: DeliverPolicy.New,
    })
  }
  await nc.close()
}
