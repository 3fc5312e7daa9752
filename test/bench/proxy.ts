/**
 * The proxy as a process of its own for the measurement: the real app behind the real public server, on the memory bus with
 * one key and one service as facts. Its one argument is a {@link ProxySetup} as JSON; prints its port.
 */

import type { AddressInfo } from 'node:net'
import { type Bus, type Commit, subjectOf } from '@gateway/bus'
import { memoryBus } from '@gateway/bus/memory'
import { connectNats } from '@gateway/bus/nats'
import { aggregates, type KeyRingState, type Service, type ServiceState, streams } from '@gateway/contracts'
import { systemClock } from '@gateway/kernel'
import { createProxy } from '@gateway/proxy'
import { createAudit, createPublicServer } from '@gateway/service'
import { provision, testConfig, testDeps } from '@gateway/testing'

export interface ProxySetup {
  readonly ring: KeyRingState
  readonly service: Service
  /** Where events go. */
  readonly audit: 'off' | { readonly natsUrl: string }
}

const setup = JSON.parse(process.argv[2] ?? '') as ProxySetup
const clock = Object.assign(systemClock, { now: 0, advance: () => undefined })
// The one user of the measurement asks more often than any user may; counted he is all the same.
const most = 1_000_000_000
const limits = {
  user_requests_per_minute: most,
  user_concurrent: most,
  service_concurrent: most,
  service_waiting: most,
}
const config = testConfig({ audit: { max_bytes: 16 * 1024 ** 2 }, limits })
const bus = memoryBus({ clock })
await provision(bus, config)
const deps = await testDeps({ config, bus, clock })
await append(subjectOf(aggregates.signingKey, 'access-token'), setup.ring)
await append(subjectOf(aggregates.service, setup.service.id), {
  status: 'listed',
  service: setup.service,
  source: 'bench',
} satisfies ServiceState)

const silent = { record: () => undefined, admits: () => true, close: async () => undefined }
const audit = setup.audit === 'off' ? silent : createAudit('proxy', { ...deps, bus: await auditBus(setup.audit) })
const app = await createProxy(deps, audit)
await app.start()
const server = createPublicServer(app.handler, () => false)
server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`))
// With --expose-gc: what is left once the garbage is collected.
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  console.log(`heap ${process.memoryUsage().heapUsed}`)
})
process.on('SIGTERM', () => void audit.close().then(() => process.exit(0)))

function auditBus(to: { readonly natsUrl: string }): Promise<Bus> {
  return connectNats({ url: to.natsUrl, name: 'proxy', streams: [streams.audit] })
}

function append(subject: string, state: unknown): Promise<unknown> {
  const commit: Commit = { id: subject, version: 1, at: clock(), actor: 'operator', events: [], state, stateVersion: 1 }
  return bus.append(subject, subject, commit, 0)
}
