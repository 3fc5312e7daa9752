/** A client as an operator sees it in a list. */
import { type Client, type ClientSummary, clientSchema, clientStateSchema } from '@gateway/contracts'
import { z } from 'zod'

const registeredSchema = z.object({ status: z.literal('registered'), client: clientSchema })

/** Of the state of a client or of a registration; undefined for none, or one that another version wrote. */
export function summaryOf(state: unknown): ClientSummary | undefined {
  const registered = registeredSchema.safeParse(state)
  if (registered.success) return toSummary(registered.data.client, 'unused')
  const used = clientStateSchema.safeParse(state).data
  switch (used?.status) {
    case 'active':
      return toSummary(used.client, 'in_use', used.used_at)
    case 'deleted': {
      const { client_id, deleted_at } = used
      return { client_id, deleted_at, origin: 'registered', status: 'deleted', redirect_hosts: [], registered_at: 0 }
    }
    case 'absent':
    case undefined:
      return undefined
  }
}

export function toSummary(client: Client, status: ClientSummary['status'], used_at?: number): ClientSummary {
  const { client_id, origin, registered_at, metadata } = client
  return {
    client_id,
    origin,
    status,
    ...(metadata.client_name === undefined ? {} : { client_name: metadata.client_name }),
    redirect_hosts: [...new Set(metadata.redirect_uris.map(hostOf))],
    registered_at,
    ...(used_at === undefined ? {} : { used_at }),
  }
}

/** The host of an http(s) redirect URI, the scheme of another one. */
export function hostOf(uri: string): string {
  const url = URL.parse(uri)
  return url === null ? '' : url.protocol.startsWith('http') ? url.host : url.protocol
}
