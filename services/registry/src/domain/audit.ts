/** The registry's facts as audit events. One per event of a commit, with an id that is the same each time it is told. */
import { type Commit, requestIdOf, unknownEvent } from '@gateway/bus'
import type { AuditData, AuditEvent, AuditType, ClientMetadata, ServiceState } from '@gateway/contracts'
import { clientIdUrlProblem } from '@gateway/oauth'
import type { ClientEvent, ClientState } from './client.ts'
import { hostOf } from './client-summary.ts'
import type { Registration, RegistrationEvent } from './registration.ts'
import type { ServiceEvent } from './service.ts'

type Told = readonly [AuditType, Partial<AuditData>]

export function tellRegistration(commit: Commit): AuditEvent[] {
  return tell(commit as Commit<Registration, RegistrationEvent>, (event) => {
    switch (event.type) {
      case 'ClientRegistered':
        return ['audit.client.registered', { decision: 'allowed', ...describe(event.client_id, event.metadata) }]
      case 'RegistrationUpdated':
        return ['audit.client.updated', describe(event.client.client_id, event.client.metadata)]
      case 'RegistrationDeleted':
        return ['audit.client.deleted', { client_id: event.client_id }]
      default:
        return unknownEvent(event)
    }
  })
}

export function tellClient(commit: Commit): AuditEvent[] {
  const { state } = commit as Commit<ClientState, ClientEvent>
  const who = state.status === 'active' ? { client_id: state.client.client_id } : {}
  return tell(commit as Commit<ClientState, ClientEvent>, (event) => {
    switch (event.type) {
      case 'ClientAdopted':
        return ['audit.client.in-use', { ...who, reason: 'first_use' }]
      case 'ClientRenewed':
        return ['audit.client.in-use', { ...who, reason: 'still_in_use' }]
      case 'ClientUpdated':
        return ['audit.client.updated', describe(event.client.client_id, event.client.metadata)]
      case 'ClientDeleted':
        return ['audit.client.deleted', { client_id: event.client_id }]
      default:
        return unknownEvent(event)
    }
  })
}

function describe(client_id: string, { redirect_uris: [redirectUri = ''] }: ClientMetadata): Partial<AuditData> {
  return { client_id, redirect_host: hostOf(redirectUri) }
}

/**
 * A client id as it may be recorded, before anybody knows whether there is such a client. What is neither an id of ours nor
 * a URL of a document may be anything, a pasted secret included; so may a query.
 */
export function auditableId(clientId: string | undefined): Pick<AuditData, 'client_id'> {
  if (clientId === undefined) return {}
  if (/^[A-Za-z0-9_-]{22}$/.test(clientId)) return { client_id: clientId }
  return clientIdUrlProblem(clientId) === undefined ? { client_id: clientId.replace(/\?.*$/, '') } : {}
}

export function tellService(commit: Commit): AuditEvent[] {
  return tell(commit as Commit<ServiceState, ServiceEvent>, (event) => {
    switch (event.type) {
      case 'ServiceListed':
        return ['audit.service.listed', { service: event.service.id, scopes: event.service.scopes }]
      case 'ServiceRemoved':
        return ['audit.service.removed', { service: event.id }]
      default:
        return unknownEvent(event)
    }
  })
}

function tell<State, Event>(commit: Commit<State, Event>, toTold: (event: Event) => Told): AuditEvent[] {
  const requestId = requestIdOf(commit)
  const common = { decision: 'recorded', actor: commit.actor, commit: commit.id, request_id: requestId } as const
  return commit.events.map((event, index) => {
    const [type, data] = toTold(event)
    return { id: `${commit.id}.${index}`, type, at: commit.at, data: { ...common, ...data } }
  })
}
