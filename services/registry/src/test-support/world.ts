/** The registry's handlers with everything that they want, real and in this process. */
import type { AuditData } from '@gateway/contracts'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { type Clients, createClients, knownBeforehand, type Network } from '../clients.ts'
import type { AuthenticateClientDeps } from '../handlers/authenticate-client.ts'
import type { OperateClientsDeps } from '../handlers/operate-clients.ts'
import { registerClient } from '../handlers/register-client.ts'
import type { RegistrationDeps } from '../registration-answer.ts'
import { HOST } from './document-server.ts'

export type Audited = readonly [string, AuditData]

export interface World
  extends Omit<TestDeps, 'store'>,
    Clients,
    RegistrationDeps,
    Omit<AuthenticateClientDeps, 'store'>,
    Omit<OperateClientsDeps, 'bus'> {
  readonly bus: TestDeps['bus']
  readonly clock: TestDeps['clock']
  readonly audited: Audited[]
  /** As every service gets them: for another replica of the same deployment. */
  readonly deps: TestDeps
  /** Registers a client by `metadata`, from an address of its own. */
  register(metadata?: Readonly<Record<string, unknown>>): ReturnType<typeof registerClient>
}

export interface WorldOptions {
  /** Sections of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly network?: Network
  /** Another replica's, to share its bus, store and clock. */
  readonly deps?: TestDeps
}

export const LOOPBACK = 'http://localhost/callback'

/** `registration` with the host of the document server, which is on loopback, allowed as a private one. */
export const withPrivateHost = (registration: Readonly<Record<string, Record<string, unknown>>> = {}) => ({
  registration: {
    ...registration,
    metadata_documents: { private_hosts: [HOST], ...registration['metadata_documents'] },
  },
})

let requests = 0
export const request = () => ({ requestId: `request-${++requests}` })

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const config = testConfig(options.config)
  const deps = { ...(options.deps ?? (await testDeps())), config }
  const audited: Audited[] = []
  const clients = createClients({ ...deps, policy: () => config.registration }, options.network)
  const world: World = {
    ...deps,
    ...clients,
    deps,
    issuer: config.issuer,
    policy: config.registration,
    configured: knownBeforehand(config),
    refreshTtlSeconds: config.tokens.refresh_ttl_seconds,
    audit: { record: (type, data) => void audited.push([type, data]) },
    audited,
    register: (metadata = { redirect_uris: [LOOPBACK] }) =>
      registerClient(world, { metadata: { ...metadata }, address: `192.0.2.${++requests % 250}` }, request()),
  }
  return world
}
