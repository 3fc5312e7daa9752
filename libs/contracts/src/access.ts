/**
 * Who publishes, serves, calls, projects and consumes what: the one table from which the bus permissions are printed and
 * against which the architecture test holds the code.
 */
import type { Operation } from '@gateway/kernel'
import { manageParked, manageProjections } from './maintenance.ts'
import {
  beginLogin,
  blockUser,
  checkUser,
  endUpstreamSession,
  eraseUser,
  finishLogin,
  listUsers,
  requireSignIn,
  showUser,
  unblockUser,
  upstreamToken,
} from './provider-bridge.ts'
import {
  applyServices,
  authenticateClient,
  deleteClient,
  listClients,
  listServices,
  pruneClients,
  readClient,
  registerClient,
  removeClient,
  resolveClient,
  showClient,
  updateClient,
} from './registry.ts'
import { assertionKey, jwks, listKeys, retireKey, rotateKey } from './signing-keys.ts'
import { aggregates, type DurableSpec, durables, type ServiceName, streams } from './streams.ts'
import {
  introspectToken,
  issueClientToken,
  issueToken,
  listFamilies,
  refreshToken,
  revokeFamily,
  revokeToken,
} from './token-issuer.ts'

type AnyOperation = Pick<Operation<unknown, unknown>, 'subject' | 'service' | 'timeoutMs'>

export interface ServiceAccess {
  /** Prefixes of the aggregates (and `evt.token-issuer.revocation`) that it alone writes. */
  readonly owns: readonly string[]
  readonly serves: readonly AnyOperation[]
  readonly calls: readonly AnyOperation[]
  /** Foreign or own subjects held as views in memory. */
  readonly projects: readonly { readonly stream: string; readonly subject: string }[]
  readonly consumes: readonly DurableSpec[]
}

const catalogue = { stream: 'EVT_SERVICES', subject: 'evt.registry.service.*' } as const
const keys = { stream: 'EVT_KEYS', subject: 'evt.token-issuer.signing-key.*' } as const
const revocations = { stream: 'EVT_REVOCATIONS', subject: 'evt.token-issuer.revocation.*' } as const
/** Read as a whole only to rebuild the index of families by user. */
const families = { stream: 'EVT_TOKEN_FAMILIES', subject: 'evt.token-issuer.token-family.*' } as const
/** Read page by page when an operator asks for clients. */
const clients = { stream: 'EVT_CLIENTS', subject: 'evt.registry.client.*' } as const
const registrations = { stream: 'EVT_REGISTRATIONS', subject: 'evt.registry.registration.*' } as const
/** Read as a whole when an operator asks what is parked. */
const parkedOf = (service: ServiceName) => ({ stream: streams.parked.name, subject: `parked.${service}.>` })
/** The sources of every projection. */
export const sources = { catalogue, keys, revocations, families } as const

export const access: Readonly<Record<ServiceName, ServiceAccess>> = {
  'auth-server': {
    owns: [aggregates.authorization, aggregates.consent],
    serves: [manageParked['auth-server'], manageProjections['auth-server']],
    calls: [
      registerClient,
      readClient,
      updateClient,
      deleteClient,
      resolveClient,
      authenticateClient,
      issueToken,
      issueClientToken,
      refreshToken,
      revokeToken,
      introspectToken,
      listFamilies,
      revokeFamily,
      jwks,
      beginLogin,
      finishLogin,
      checkUser,
      endUpstreamSession,
    ],
    projects: [catalogue, parkedOf('auth-server')],
    consumes: [durables.auditAuthorizations, durables.auditConsents],
  },
  registry: {
    owns: [aggregates.registration, aggregates.client, aggregates.service],
    serves: [
      registerClient,
      readClient,
      updateClient,
      deleteClient,
      resolveClient,
      authenticateClient,
      listServices,
      applyServices,
      listClients,
      showClient,
      removeClient,
      pruneClients,
      manageParked.registry,
      manageProjections.registry,
    ],
    calls: [],
    projects: [catalogue, clients, registrations, parkedOf('registry')],
    consumes: [durables.auditServices, durables.auditRegistrations, durables.auditClients, durables.clientsInUse],
  },
  'token-issuer': {
    owns: [aggregates.signingKey, aggregates.tokenFamily, 'evt.token-issuer.revocation'],
    serves: [
      issueToken,
      issueClientToken,
      refreshToken,
      revokeToken,
      introspectToken,
      listFamilies,
      revokeFamily,
      jwks,
      assertionKey,
      listKeys,
      rotateKey,
      retireKey,
      manageParked['token-issuer'],
      manageProjections['token-issuer'],
    ],
    calls: [checkUser],
    projects: [keys, revocations, families, parkedOf('token-issuer')],
    consumes: [
      durables.auditKeys,
      durables.auditTokenFamilies,
      durables.auditRevocations,
      durables.revokedFamilies,
      durables.familiesByUser,
      durables.deletedClients,
      durables.endedSignIns,
      durables.changedRules,
    ],
  },
  'provider-bridge': {
    owns: [aggregates.login, aggregates.identity, aggregates.upstreamGrant, aggregates.accessRules],
    serves: [
      beginLogin,
      finishLogin,
      checkUser,
      endUpstreamSession,
      upstreamToken,
      listUsers,
      showUser,
      blockUser,
      unblockUser,
      requireSignIn,
      eraseUser,
      manageParked['provider-bridge'],
    ],
    calls: [],
    projects: [parkedOf('provider-bridge')],
    consumes: [durables.auditLogins, durables.auditIdentities, durables.auditAccessRules],
  },
  proxy: {
    owns: [],
    serves: [manageProjections.proxy],
    calls: [assertionKey, upstreamToken],
    projects: [catalogue, keys, revocations],
    consumes: [],
  },
}
