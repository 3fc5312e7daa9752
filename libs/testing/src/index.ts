export { type Browser, type BrowserOptions, createBrowser, type Filled, type Page } from './browser/browser.ts'
export { type Cookie, CookieJar } from './browser/cookie-jar.ts'
export { attribute, type Button, type Form, type Html, readHtml, textOf } from './browser/html.ts'
export { CHARACTER_MAX, characterAt } from './characters.ts'
export { decideInTurn, type Step, stateIsFold } from './commits.ts'
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
export { emptyFolder, type FakeHost, fakeHost } from './host.ts'
export {
  type AuthorizationRequest,
  challengeParameter,
  claimsOf,
  createOAuthClient,
  type Discovered,
  type OAuthAnswer,
  type OAuthClient,
  pkce,
  type Send,
} from './oauth-client.ts'
export { type Certificates, makeCertificates } from './servers/certificates.ts'
export { type HaproxyServer, startHaproxy } from './servers/haproxy.ts'
export { MissingServer } from './servers/locate.ts'
export { type NatsOptions, type NatsServer, startNatsServer } from './servers/nats.ts'
export {
  type ClusterMember,
  type NatsCluster,
  type NatsClusterOptions,
  startNatsCluster,
} from './servers/nats-cluster.ts'
export { freePort, freePorts } from './servers/ports.ts'
export { type RedisOptions, type RedisServer, startRedisServer, wipeRedis } from './servers/redis.ts'
export {
  type RedisCluster,
  type RedisSentinels,
  startRedisCluster,
  startRedisSentinels,
} from './servers/redis-topologies.ts'
export type { TestServer } from './servers/server.ts'
export { serverOrSkip } from './servers/skip.ts'
export { startTcpProxy, type TcpProxy } from './servers/tcp-proxy.ts'
export { startVaultServer, type VaultAnswer, type VaultLaunch, type VaultServer } from './servers/vault.ts'
export { type StoredKey, storedKeys } from './stored-keys.ts'
