/** What the registry answers, follows and reacts to. */
import {
  type Bus,
  type Commit,
  isCommit,
  type StoredMessage,
  type Subscription,
  serve,
  UnreadableFact,
} from '@gateway/bus'
import {
  type AuditEvent,
  applyServices,
  authenticateClient as authenticateClientOperation,
  deleteClient as deleteClientOperation,
  durables,
  listClients as listClientsOperation,
  listServices,
  pruneClients as pruneClientsOperation,
  readClient as readClientOperation,
  registerClient as registerClientOperation,
  removeClient as removeClientOperation,
  resolveClient as resolveClientOperation,
  showClient as showClientOperation,
  updateClient as updateClientOperation,
} from '@gateway/contracts'
import { type Audit, auditFacts, type Logger } from '@gateway/service'
import { tellClient, tellRegistration, tellService } from './domain/audit.ts'
import type { Catalogue } from './domain/catalogue.ts'
import type { CatalogueView } from './domain/catalogue-view.ts'
import { type AuthenticateClientDeps, authenticateClient } from './handlers/authenticate-client.ts'
import { deleteClient, readClient, updateClient } from './handlers/manage-client.ts'
import {
  listClients,
  type OperateClientsDeps,
  pruneClients,
  removeClient,
  showClient,
} from './handlers/operate-clients.ts'
import { applyCatalogue } from './handlers/publish-catalogue.ts'
import { createRecordUse } from './handlers/record-use.ts'
import { registerClient } from './handlers/register-client.ts'
import { answerClient, usedClient } from './handlers/resolve-client.ts'
import type { RegistrationDeps } from './registration-answer.ts'

export interface SubscriptionDeps extends AuthenticateClientDeps, RegistrationDeps, OperateClientsDeps {
  readonly bus: Bus
  readonly log: Logger
  readonly audit: Audit
  readonly view: CatalogueView
  /** Of this process’s configuration. */
  readonly catalogue: Catalogue
}

export function serveOperations(deps: SubscriptionDeps): Promise<Subscription[]> {
  const { bus, clock, view } = deps
  return Promise.all([
    serve(bus, registerClientOperation, clock, (input, context) => registerClient(deps, input, context)),
    serve(bus, resolveClientOperation, clock, async ({ client_id }, context) => ({
      client: await answerClient(deps, client_id, context),
    })),
    serve(bus, readClientOperation, clock, (input) => readClient(deps, input)),
    serve(bus, updateClientOperation, clock, (input, context) => updateClient(deps, input, context)),
    serve(bus, deleteClientOperation, clock, async (input, context) => {
      await deleteClient(deps, input, context)
      return {}
    }),
    serve(bus, authenticateClientOperation, clock, async (credentials, context) => ({
      client: await authenticateClient(deps, credentials, context),
    })),
    serve(bus, listServices, clock, async () => ({ services: view.services() })),
  ])
}

/** For operators: the permissions of the bus let nobody else ask. */
export function serveOperators(deps: SubscriptionDeps): Promise<Subscription[]> {
  const { bus, clock } = deps
  return Promise.all([
    serve(bus, listClientsOperation, clock, (input) => listClients(deps, input)),
    serve(bus, showClientOperation, clock, ({ client_id }) => showClient(deps, client_id)),
    serve(bus, removeClientOperation, clock, async ({ client_id }, context) => {
      await removeClient(deps, client_id, context)
      return {}
    }),
    serve(bus, pruneClientsOperation, clock, (input, context) => pruneClients(deps, input, context)),
    serve(bus, applyServices, clock, async (_input, { requestId }) => {
      const { changes } = await applyCatalogue(deps, deps.catalogue, requestId)
      return { services: deps.catalogue.services.length, changes }
    }),
  ])
}

export function openReactions(deps: SubscriptionDeps): Promise<Subscription[]> {
  const { bus, log } = deps
  const service = { service: 'registry', bus }
  const recordUse = createRecordUse({ bus, log, findClient: (clientId) => usedClient(deps, clientId) })
  return Promise.all([
    bus.consume({ stream: durables.clientsInUse.stream, name: durables.clientsInUse.name }, recordUse),
    auditFacts(service, durables.auditRegistrations, readable(tellRegistration)),
    auditFacts(service, durables.auditClients, readable(tellClient)),
    auditFacts(service, durables.auditServices, readable(tellService)),
  ])
}

/** What is no commit is parked, or it would come back for ever. */
function readable(tell: (commit: Commit) => AuditEvent[]) {
  return ({ data }: StoredMessage): AuditEvent[] => {
    if (!isCommit(data)) throw new UnreadableFact('no commit')
    return tell(data)
  }
}
