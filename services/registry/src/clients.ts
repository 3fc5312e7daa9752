/** Everything that clients need beside the bus: who is configured, and whose documents are known. */
import type { Config, RegistrationConfig } from '@gateway/config'
import type { ClientMetadata } from '@gateway/contracts'
import { type Clock, type Keyring, Misconfigured, Refusal } from '@gateway/kernel'
import { type ClientJwks, parseMetadataDocument, publicJwks } from '@gateway/oauth'
import { type Counter, encrypted, type KeyValue, namespaced } from '@gateway/store'
import { type ConfiguredClient, configuredClients } from './domain/configured-client.ts'
import { type Limiter, localLimiter, sharedLimiter } from './limiter.ts'
import { RemoteDocuments } from './remote-documents.ts'
import { createGuardedFetch, type GuardedFetchOptions } from './undici/guarded-fetch.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** draft-ietf-oauth-client-id-metadata-document §6.6: 5 KB. A key set of several RSA keys is larger. */
const DOCUMENT = { bytesMax: 5 * 1024, timeoutMs: 10_000, jsonOnly: true }
const KEY_SET = { bytesMax: 32 * 1024, timeoutMs: 5_000, jsonOnly: false }
const FETCHES_PER_HOST = 120
const FETCHES_IN_ALL = 600

export interface Clients {
  readonly documents: RemoteDocuments<ClientMetadata>
  readonly keySets: RemoteDocuments<ClientJwks>
  readonly perAddress: Limiter
  /** The registry's own part of the store. */
  readonly store: KeyValue
}

export interface ClientsDeps {
  /** As it is now: it may change while the process runs. */
  readonly policy: () => RegistrationConfig
  readonly store: KeyValue
  /** Absent: registrations are counted in this replica alone. */
  readonly counter?: Counter | undefined
  readonly keyring: Keyring
  readonly clock: Clock
}

/** How documents are fetched, for whoever runs the registry against servers of its own. */
export type Network = Pick<GuardedFetchOptions, 'resolve' | 'ca'>

export function createClients(deps: ClientsDeps, network: Network = {}): Clients {
  const { clock, counter, policy } = deps
  const store = encrypted(namespaced(deps.store, 'registry'), deps.keyring, 'registry')
  const fetch = createGuardedFetch({ ...network, privateHosts: () => policy().metadata_documents.private_hosts })
  const perHost = localLimiter({ clock, max: () => FETCHES_PER_HOST, windowMs: MINUTE })
  const inAll = localLimiter({ clock, max: () => FETCHES_IN_ALL, windowMs: MINUTE })
  const perAddressMax = () => policy().dynamic.per_address_per_hour
  const shared = { fetch, store, clock, perHost, inAll }
  return {
    documents: new RemoteDocuments({
      ...shared,
      kind: 'document',
      limits: DOCUMENT,
      rememberedMax: 1_000,
      parse: (body, url) => parseMetadataDocument(body, url, { schemes: policy().redirect_schemes }),
    }),
    keySets: new RemoteDocuments({ ...shared, kind: 'keys', limits: KEY_SET, rememberedMax: 200, parse: parseKeySet }),
    perAddress: counter
      ? sharedLimiter(counter, 'registration', perAddressMax, HOUR)
      : localLimiter({ clock, max: perAddressMax, windowMs: HOUR }),
    store,
  }
}

/** @throws Misconfigured */
export function knownBeforehand(
  config: Pick<Config, 'clients' | 'registration'>,
): ReadonlyMap<string, ConfiguredClient> {
  const { clients, problems } = configuredClients(config.clients, config.registration.redirect_schemes)
  if (problems.length > 0) throw new Misconfigured(problems)
  return clients
}

/** Never seen by a caller: it becomes the reason why the keys are none. */
function parseKeySet(body: unknown): ClientJwks {
  const keys = publicJwks(body)
  if (!keys) throw new Refusal('invalid_client_metadata', { field: 'jwks_uri' })
  return keys
}
