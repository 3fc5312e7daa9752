/**
 * Everything that `createApp` of any service wants, real and in this process: memory bus and store, every stream and durable,
 * a clock that stands still, a logger that says nothing.
 */
import { type MemoryBus, memoryBus } from '@gateway/bus/memory'
import { type Config, configSchema } from '@gateway/config'
import { durableDeliveries, type Lifetimes, streamRetentions } from '@gateway/contracts'
import { Keyring, Secret } from '@gateway/kernel'
import { type AppDeps, noReloads } from '@gateway/service'
import { memoryStore } from '@gateway/store'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { auditing } from './audited.ts'
import { documented } from './stored-keys.ts'

/** Read by calling it, moved by `advance`; nobody has to sleep. */
export interface FakeClock {
  (): number
  /** Milliseconds since the epoch. */
  readonly now: number
  advance(ms: number): void
}

/** Stands at 2026-01-01T00:00:00Z unless told otherwise. */
export function fakeClock(startAt: number = Date.UTC(2026, 0, 1)): FakeClock {
  let time = startAt
  const clock = () => time
  const advance = (ms: number) => {
    time += ms
  }
  return Object.defineProperty(Object.assign(clock, { advance }), 'now', { get: clock }) as unknown as FakeClock
}

/** The input of the configuration that tests start from; spread it to change a section. */
export const testConfigInput = {
  issuer: 'http://localhost:8080',
  session_secret: 'a secret of the tests, long enough to be one',
  oauth_providers: {
    custom: {
      client_id: 'gateway',
      client_secret: 'gateway-secret-of-the-tests',
      issuer: 'http://localhost:8081',
    },
  },
  mcp_services: {
    calculator: {
      name: 'Calculator',
      url: 'http://localhost:8082/mcp',
      oauth_provider: 'custom',
      auth_required: true,
      scopes: ['read', 'calculate'],
    },
  },
}

/** {@link testConfigInput} with some sections replaced, parsed by the real schema. */
export function testConfig(overrides: Readonly<Record<string, unknown>> = {}): Config {
  return configSchema.parse({ ...testConfigInput, ...overrides })
}

export function testKeyring(): Keyring {
  return new Keyring('k1', [{ id: 'k1', secret: new Secret('the sealing key of the tests') }])
}

export interface TestDeps extends AppDeps {
  readonly bus: MemoryBus
  readonly clock: FakeClock
}

/** A fresh world for each call: nothing is shared but the process. */
export async function testDeps(overrides: Partial<TestDeps> = {}): Promise<TestDeps> {
  const clock = overrides.clock ?? fakeClock()
  const config = overrides.config ?? testConfig()
  const bus = overrides.bus ?? auditing(memoryBus({ clock }))
  await provision(bus, config)
  return {
    store: documented(memoryStore({ clock })),
    keyring: testKeyring(),
    log: pino({ level: 'silent' }),
    metrics: new Registry(),
    version: '0.0.0-test',
    reloads: noReloads,
    ...overrides,
    config,
    bus,
    clock,
  }
}

/** Every stream and durable of the contracts, as `gateway bootstrap` makes them. */
export async function provision(bus: Pick<MemoryBus, 'ensureStream' | 'ensureDurable'>, config: Config): Promise<void> {
  for (const stream of streamRetentions(lifetimesOf(config), 1)) await bus.ensureStream(stream)
  for (const durable of durableDeliveries()) await bus.ensureDurable(durable)
}

const CLOCK_SLACK_SECONDS = 60

function lifetimesOf(config: Config): Lifetimes {
  return {
    accessTtlSeconds: config.tokens.access_ttl_seconds,
    refreshMaxSeconds: config.tokens.refresh_max_seconds,
    clockSlackSeconds: CLOCK_SLACK_SECONDS,
    auditMaxAgeSeconds: config.audit.max_age_days * 86_400,
    auditMaxBytes: config.audit.max_bytes,
  }
}
