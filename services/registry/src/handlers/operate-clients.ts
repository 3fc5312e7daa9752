/** What operators ask of clients: lists are read off the streams, page by page, with no more in memory than one page. */
import { type Bus, handle, isCommit, load, type RequestContext, type StoredMessage } from '@gateway/bus'
import {
  aggregates,
  type ClientSummary,
  type ListClientsInput,
  type PruneClientsInput,
  type ShownClient,
  streams,
} from '@gateway/contracts'
import { type Clock, Refusal } from '@gateway/kernel'
import { clients, registrations } from '../aggregates.ts'
import { summaryOf, toSummary } from '../domain/client-summary.ts'
import type { ConfiguredClient } from '../domain/configured-client.ts'

export interface OperateClientsDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly configured: ReadonlyMap<string, ConfiguredClient>
  /** How long a refresh token lives without being used. */
  readonly refreshTtlSeconds: number
}

export interface ClientPage {
  readonly clients: ClientSummary[]
  readonly next?: number | undefined
}

const PAGE_SIZE = 100
const DAY_MS = 86_400_000
type Request = Pick<RequestContext, 'requestId'>

export async function listClients(deps: OperateClientsDeps, input: ListClientsInput): Promise<ClientPage> {
  const { limit = PAGE_SIZE, cursor = 0 } = input
  switch (input.kind) {
    case 'configured': {
      const all = Array.from(deps.configured.values(), ({ client }) => toSummary(client, 'configured'))
      const next = cursor + limit
      return { clients: all.slice(cursor, next), ...(next < all.length ? { next } : {}) }
    }
    case 'in_use':
      return pageOf(deps.bus, streams.clients.name, aggregates.client, limit, cursor)
    case 'unused': {
      const page = await pageOf(deps.bus, streams.registrations.name, aggregates.registration, limit, cursor)
      const unused = await Promise.all(page.clients.map((client) => isUnused(deps.bus, client)))
      return { ...page, clients: page.clients.filter((_, index) => unused[index]) }
    }
  }
}

/** @throws Refusal `client_not_found` */
export async function showClient(deps: OperateClientsDeps, clientId: string): Promise<ShownClient> {
  const used = (await load(deps.bus, clients, clientId)).state
  const configured = deps.configured.get(clientId)?.client
  if (configured) {
    const used_at = used.status === 'active' ? used.used_at : undefined
    return { client: configured, summary: toSummary(configured, 'configured', used_at) }
  }
  const state = used.status === 'absent' ? (await load(deps.bus, registrations, clientId)).state : used
  const summary = summaryOf(state)
  if (!summary) throw new Refusal('client_not_found')
  return { summary, ...('client' in state ? { client: state.client } : {}) }
}

/** @throws Refusal `client_not_found` */
export async function removeClient(deps: OperateClientsDeps, clientId: string, request: Request): Promise<void> {
  const command = { type: 'DeleteClient', client_id: clientId, at: deps.clock() } as const
  const context = { ...request, actor: 'operator', at: command.at }
  const registered = await handle(deps.bus, registrations, clientId, command, context)
  // After the registration, so that what is adopted meanwhile is seen here.
  const used = await handle(deps.bus, clients, clientId, command, context)
  if (registered.events.length === 0 && used.events.length === 0) throw new Refusal('client_not_found')
}

/** @throws Refusal `client_may_hold_tokens` */
export async function pruneClients(
  deps: OperateClientsDeps,
  { unused_days, check = false, cursor = 0 }: PruneClientsInput,
  { requestId }: Request,
): Promise<ClientPage> {
  const unusedMs = unused_days * DAY_MS
  // Use is noted once a day, and a token issued then lives as long as the configuration says: a client with live grants is
  // never reaped (pain-4).
  if (unusedMs < deps.refreshTtlSeconds * 1_000 + DAY_MS) throw new Refusal('client_may_hold_tokens')
  const before = deps.clock() - unusedMs
  const page = await pageOf(deps.bus, streams.clients.name, aggregates.client, PAGE_SIZE, cursor)
  const old = page.clients.filter(({ status, used_at }) => status === 'in_use' && (used_at ?? before) < before)
  if (!check) {
    for (const [index, { client_id }] of old.entries()) {
      const command = { type: 'DeleteClient', client_id, at: deps.clock() } as const
      const context = { requestId: `${requestId}.${index}`, actor: 'operator', at: command.at }
      await handle(deps.bus, clients, client_id, command, context)
    }
  }
  return { ...page, clients: old }
}

/** The aggregates of one stream whose last commit stands after `cursor`, in order, until there are `limit` of them. */
async function pageOf(bus: Bus, stream: string, prefix: string, limit: number, cursor: number): Promise<ClientPage> {
  const found = new Map<string, ClientSummary>()
  let next: number | undefined
  const apply = ({ subject, sequence, data }: StoredMessage) => {
    // A newer commit: it stands further behind.
    found.delete(subject)
    if (sequence <= cursor || next !== undefined) return
    if (found.size >= limit) {
      next = sequence - 1
      return
    }
    const summary = isCommit(data) ? summaryOf(data.state) : undefined
    if (summary) found.set(subject, summary)
  }
  const projection = await bus.project({ stream, subject: `${prefix}.*` }, { reset: () => found.clear(), apply })
  try {
    await projection.caughtUp
  } finally {
    await projection.stop()
  }
  return { clients: [...found.values()], ...(next === undefined ? {} : { next }) }
}

async function isUnused(bus: Bus, { client_id, status }: ClientSummary): Promise<boolean> {
  return status !== 'deleted' && (await load(bus, clients, client_id)).state.status === 'absent'
}
