/** The contracts of the bus and of the store against the images that the deployment runs, on a real engine. */
import { randomBytes } from 'node:crypto'
import { busContract } from '@gateway/bus/contract'
import { connectNats } from '@gateway/bus/nats'
import { newId, Secret } from '@gateway/kernel'
import { namespaced } from '@gateway/store'
import { keyValueContract } from '@gateway/store/contract'
import { redisStore } from '@gateway/store/redis'
import { vaultStore } from '@gateway/store/vault'
import { fakeClock } from '@gateway/testing'
import { connect, type NatsConnection } from 'nats'
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { dockerMissing } from './stack.ts'

// Each suite ends its own container, so that no further image is needed.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'

const missing = dockerMissing()
if (missing) console.warn(`SKIPPED: the contracts in containers: ${missing}`)
const MINUTE = 60_000
const SECRET = randomBytes(16).toString('hex')

describe.skipIf(missing)('in containers', () => {
  describe('NATS', () => {
    const { place } = container(4222, () =>
      new GenericContainer('nats:2.15-alpine')
        .withCommand(['nats-server', '-js', '-sd', '/tmp/jetstream'])
        .withWaitStrategy(Wait.forLogMessage(/Server is ready/)),
    )
    let admin: NatsConnection
    beforeAll(async () => {
      admin = await connect({ servers: place() })
    })
    afterAll(() => admin?.close())

    busContract('the bus', {
      open: (options) => connectNats({ url: `nats://${place()}`, name: 'contract', streams: [], ...options }),
      publishBytes: async (subject, bytes) => void (await admin.jetstream().publish(subject, bytes)),
      deleteStream: async (name) => void (await (await admin.jetstreamManager()).streams.delete(name)),
    })
  })

  describe('Redis', () => {
    const { place } = container(6379, () =>
      new GenericContainer('redis:7.4')
        .withCommand(['redis-server', '--requirepass', SECRET])
        .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/)),
    )
    const open = async () => {
      const [host = '', port] = place().split(':')
      const store = await redisStore({ host, port: Number(port), db: 0, ssl: false, password: new Secret(SECRET) })
      onTestFinished(() => store.close())
      const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
      return { store: namespaced(store, `test-${newId()}`), wait }
    }
    keyValueContract('the store', open, { accuracyMs: 60 })
  })

  describe('OpenBao', () => {
    const { place } = container(8200, () =>
      new GenericContainer('openbao/openbao:2.7')
        .withEnvironment({ VAULT_DEV_ROOT_TOKEN_ID: SECRET, BAO_DEV_ROOT_TOKEN_ID: SECRET })
        .withWaitStrategy(Wait.forHttp('/v1/sys/health', 8200)),
    )
    const open = async () => {
      const clock = fakeClock()
      const settings = {
        url: `http://${place()}`,
        auth_method: 'token',
        token: new Secret(SECRET),
        mount_point: 'secret',
        path_prefix: `test-${newId()}`,
        verify_ssl: true,
        timeout: 5,
      } as const
      const store = await vaultStore(settings, { clock })
      onTestFinished(() => store.close())
      return { store, wait: async (ms: number) => clock.advance(ms) }
    }
    keyValueContract('the store', open, { accuracyMs: 1 })
  })
})

/** Runs for the suite around it; `place`: host and port once it does. */
function container(port: number, make: () => GenericContainer): { readonly place: () => string } {
  let started: StartedTestContainer
  beforeAll(async () => {
    started = await make().withExposedPorts(port).start()
  }, MINUTE)
  afterAll(() => started?.stop(), MINUTE)
  return { place: () => `${started.getHost()}:${started.getMappedPort(port)}` }
}
