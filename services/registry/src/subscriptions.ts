/** What the registry answers, follows and reacts to. */
import { type Bus, type Commit, isCommit, type StoredMessage, type Subscription, serve } from '@gateway/bus'
import {
  type AuditEvent,
  authenticateClient as authenticateClientOperation,
  durables,
  listServices,
  registerClient as registerClientOperation,
  resolveClient as resolveClientOperation,
} from '@gateway/contracts'
import type { Clock, Keyring } from '@gateway/kernel'
import { type Audit, auditFacts, type Logger } from '@gateway/service'
import { tellClient, tellRegistration, tellService } from './domain/audit.ts'
import type { CatalogueView } from './domain/catalogue-view.ts'
import { authenticateClient } from './handlers/authenticate-client.ts'
import { createRecordUse } from './handlers/record-use.ts'
import { registerClient } from './handlers/register-client.ts'
import { resolveClient } from './handlers/resolve-client.ts'

export interface SubscriptionDeps {
  readonly bus: Bus
  readonly keyring: Keyring
  readonly clock: Clock
  readonly log: Logger
  readonly audit: Audit
  readonly view: CatalogueView
}

export function serveOperations(deps: SubscriptionDeps): Promise<Subscription[]> {
  const { bus, clock, view } = deps
  return Promise.all([
    serve(bus, registerClientOperation, clock, (input, context) => registerClient(deps, input, context)),
    serve(bus, resolveClientOperation, clock, async ({ client_id }) => ({
      client: await resolveClient(bus, client_id),
    })),
    serve(bus, authenticateClientOperation, clock, async (credentials, context) => ({
      client: await authenticateClient(deps, credentials, context),
    })),
    serve(bus, listServices, clock, async () => ({ services: view.services() })),
  ])
}

export function openReactions(deps: SubscriptionDeps): Promise<Subscription[]> {
  const { bus, log } = deps
  const service = { service: 'registry', bus }
  return Promise.all([
    bus.consume({ stream: durables.clientsInUse.stream, name: durables.clientsInUse.name }, createRecordUse(deps)),
    auditFacts(service, durables.auditRegistrations, readable(log, tellRegistration)),
    auditFacts(service, durables.auditClients, readable(log, tellClient)),
    auditFacts(service, durables.auditServices, readable(log, tellService)),
  ])
}

/** What is no commit is parked: reported and passed over, or it would come back for ever. */
function readable(log: Logger, tell: (commit: Commit) => AuditEvent[]) {
  return ({ data, subject, sequence }: StoredMessage): AuditEvent[] => {
    if (isCommit(data)) return tell(data)
    log.error({ subject, sequence }, 'unreadable fact')
    return []
  }
}
