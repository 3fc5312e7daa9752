/** What the account page shows: who is signed in, which apps he has connected, and in which browsers he is signed in. */
import type { ListedFamily, Service } from '@gateway/contracts'
import type { FoundSession } from '../sessions.ts'
import { initialOf, type ShownScope, scopesInWords } from './shown.ts'
import type { Texts } from './texts.ts'

export interface Moment {
  /** ISO 8601, for machines. */
  readonly iso: string
  readonly words: string
}

/** All that one client holds for one service. */
export interface ConnectedApp {
  readonly client_id: string
  readonly resource: string
  readonly name: string
  readonly initial: string
  readonly service: string
  readonly scopes: readonly ShownScope[]
  readonly connections: number
  readonly since: Moment
  readonly lastUsed: Moment
}

export interface AccountView {
  readonly account?: {
    readonly name: string
    readonly initial: string
    readonly email?: string
    /** What its forms carry to show that they are ours. */
    readonly token: string
    readonly apps: readonly ConnectedApp[]
    readonly sessions: readonly {
      readonly key: string
      readonly browser: string
      readonly current: boolean
      readonly signedInAt: Moment
      readonly usedAt: Moment
    }[]
  }
  readonly requestId: string
}

/** @param names what the clients and the services are called; absent: gone */
export function connectedApps(
  families: readonly ListedFamily[],
  texts: Texts,
  names: {
    readonly client: (id: string) => string | undefined
    readonly service: (uri: string) => Pick<Service, 'name' | 'scope_descriptions'> | undefined
  },
): readonly ConnectedApp[] {
  const groups = Map.groupBy(families, ({ client_id, resource }) => JSON.stringify([client_id, resource]))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { client_id, resource } = first
    const client = names.client(client_id)
    const name = client ?? texts.account.unknownClient
    const service = names.service(resource) ?? { name: texts.account.unknownService }
    const scopes = [...new Set(group.flatMap((family) => family.scopes))]
    return [
      {
        client_id,
        resource,
        name,
        initial: initialOf(name),
        service: service.name,
        scopes: scopesInWords(scopes, service, texts),
        connections: group.length,
        since: momentOf(Math.min(...group.map((family) => family.started_at)), texts),
        lastUsed: momentOf(Math.max(...group.map((family) => family.refreshed_at)), texts),
      },
    ]
  })
}

export function listedSessions(sessions: readonly FoundSession[], current: string, texts: Texts) {
  return sessions.map(({ key, browser, started_at, used_at }) => ({
    key,
    browser: browser === '' ? texts.account.unknownBrowser : browser,
    current: key === current,
    signedInAt: momentOf(started_at, texts),
    usedAt: momentOf(used_at, texts),
  }))
}

/** In UTC, and saying so: without a script nobody knows where the reader is. */
function momentOf(at: number, { lang }: Texts): Moment {
  const format = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
  return { iso: new Date(at).toISOString(), words: format.format(at) }
}
