export {
  type FakeClock,
  fakeClock,
  provision,
  type TestDeps,
  testConfig,
  testConfigInput,
  testDeps,
  testKeyring,
} from './deps.ts'
export { type Given, type Outcome, specification } from './given.ts'
export { type HaproxyServer, startHaproxy } from './servers/haproxy.ts'
export { MissingServer } from './servers/locate.ts'
export { type NatsOptions, type NatsServer, startNatsServer } from './servers/nats.ts'
export { type RedisOptions, type RedisServer, startRedisServer } from './servers/redis.ts'
export { freePort, type TestServer } from './servers/server.ts'
export { serverOrSkip } from './servers/skip.ts'
export { startVaultServer, type VaultServer } from './servers/vault.ts'
