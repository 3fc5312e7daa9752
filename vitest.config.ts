/**
 * Five projects: `fast` needs no server, not even one of its own; `sockets` listens on loopback itself (a service, a backend, a
 * provider); `servers` starts real ones, other programs and whole gateways, `compose` the deployment, `faults` breaks it under
 * load. `npm test` runs all.
 */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const SERVERS = [
  'libs/*/src/{nats,redis,servers,vault}/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  '{libs,services,infra,test/conformance}/**/*.servers.test.ts',
]

/** Of services: each as a whole, and what speaks HTTP. Their domains and libraries are `fast`. */
const SOCKETS = [
  'services/*/src/*.test.ts',
  'services/auth-server/src/{pages,routes}/**/*.test.ts',
  'services/provider-bridge/src/{providers,upstream}/**/*.test.ts',
  'services/proxy/src/{assertion,upstream}/**/*.test.ts',
  'services/registry/src/{handlers,undici}/**/*.test.ts',
  'libs/service/src/*.test.ts',
  'libs/testing/src/browser/**/*.test.ts',
  'test/{conformance,journey}/**/*.test.ts',
]

/** A hiccup of a shared machine is reported as flaky there and does not stop a change; on a desk nothing is tried twice. */
const retry = process.env.CI === 'true' ? 1 : 0

/**
 * The product's modules are loaded once for each worker, by Node itself as they are in use, and while one test waits for a
 * socket another one computes. So a test leaves nothing behind for the next file.
 */
const shared = {
  isolate: false,
  maxWorkers: availableParallelism() + 1,
  // Room for what is new and soon forgotten: a third of the time would go to collecting it.
  execArgv: ['--max-semi-space-size=64'],
  // A busy machine makes a test slow, not wrong.
  testTimeout: 20_000,
  hookTimeout: 20_000,
  experimental: { viteModuleRunner: false, nodeLoader: false },
}

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['libs/*/src/**/*.ts', 'services/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/contract/**', '**/test-support/**', 'libs/testing/**'],
    },
    projects: [
      {
        test: {
          ...shared,
          name: 'fast',
          include: ['{libs,services,infra}/**/*.test.ts', 'test/architecture/**/*.test.ts'],
          exclude: [...SOCKETS, ...SERVERS, '**/node_modules/**'],
        },
      },
      { test: { ...shared, name: 'sockets', include: SOCKETS, exclude: [...SERVERS, '**/node_modules/**'] } },
      {
        test: {
          name: 'servers',
          include: SERVERS,
          retry,
          // They wait for other programs most of the time.
          maxWorkers: availableParallelism(),
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'compose',
          retry,
          include: ['test/compose/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'faults',
          retry,
          include: ['test/faults/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // What is measured and what is waited for shares the machine with nothing else.
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
