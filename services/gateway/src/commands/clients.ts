/** `gateway clients …`: who connects people to services. */
import {
  type ClientSummary,
  type ListClientsInput,
  listClients,
  pruneClients,
  removeClient,
  showClient,
} from '@gateway/contracts'
import { CannotStart } from '@gateway/service'
import type { Asking } from '../operator/line.ts'
import { sheet, table, timeOf } from '../text.ts'
import { allPages, type CommandFlags, type OperatorCommandSpec, type Shown } from './command.ts'

const group = 'clients'
const KINDS = ['configured', 'in_use', 'unused'] as const satisfies readonly ListClientsInput['kind'][]
const PAGE_SIZE = 1_000

async function list({ ask }: Asking, text: string, { unused }: CommandFlags): Promise<Shown> {
  const kinds = KINDS.filter((kind) => kind !== 'unused' || unused === true)
  const clients: ClientSummary[] = []
  for (const kind of kinds) {
    const page = (cursor: number | undefined) => ask(listClients, { kind, limit: PAGE_SIZE, cursor })
    clients.push(...(await allPages(page, ({ clients }) => clients)))
  }
  const matching = clients.filter(({ client_id, client_name }) =>
    `${client_id} ${client_name}`.toLowerCase().includes(text),
  )
  return { value: matching, text: rowsOf(matching) }
}

function rowsOf(clients: readonly ClientSummary[]): string {
  const rows = clients.map(({ client_id, client_name, origin, status, redirect_hosts, registered_at, used_at }) => [
    client_id,
    client_name,
    origin.replace('_', ' '),
    status.replace('_', ' '),
    redirect_hosts.join(','),
    timeOf(registered_at),
    timeOf(used_at),
  ])
  return table(['CLIENT', 'NAME', 'ORIGIN', 'STATUS', 'REDIRECTS TO', 'SINCE', 'LAST USED'], rows)
}

async function show({ ask }: Asking, client_id: string): Promise<Shown> {
  const shown = await ask(showClient, { client_id })
  const { summary, client } = shown
  const { metadata } = client ?? {}
  return {
    value: shown,
    text: sheet([
      ['client', summary.client_id],
      ['name', summary.client_name],
      ['origin', summary.origin.replace('_', ' ')],
      ['status', summary.status.replace('_', ' ')],
      ['since', timeOf(summary.registered_at)],
      ['last used', timeOf(summary.used_at)],
      ['deleted', timeOf(summary.deleted_at)],
      ['redirect URIs', metadata?.redirect_uris?.join(' ')],
      ['grants', metadata?.grant_types?.join(' ')],
      ['authentication', metadata?.token_endpoint_auth_method],
      ['scope', metadata?.scope],
    ]),
  }
}

/** Whole days. @throws CannotStart */
function daysOf({ unusedDays }: CommandFlags): number {
  if (typeof unusedDays === 'string' && /^[1-9]\d{0,4}$/.test(unusedDays)) return Number(unusedDays)
  throw new CannotStart('--unused-days: how many whole days a client must have been unused')
}

async function prune({ ask }: Asking, _argument: string, flags: CommandFlags): Promise<Shown> {
  const [unused_days, check] = [daysOf(flags), flags.yes !== true]
  const page = (cursor: number | undefined) => ask(pruneClients, { unused_days, check, cursor })
  const clients = await allPages(page, ({ clients }) => clients)
  const sentence = check ? `${clients.length} would be removed; confirm with --yes\n` : `${clients.length} removed\n`
  return { value: { removed: !check, clients }, text: `${rowsOf(clients)}\n${sentence}` }
}

export const clientsCommands: readonly OperatorCommandSpec[] = [
  {
    group,
    name: 'list',
    argument: '[text]',
    description: 'clients that are configured or in use, or those of them that match',
    options: [['--unused', 'those too that registered and were never given a token']],
    run: (asking, text, flags) => list(asking, text.toLowerCase(), flags),
  },
  {
    group,
    name: 'show',
    argument: '<client>',
    description: 'everything that is known of one client',
    about: (client_id) => ({ client_id }),
    run: show,
  },
  {
    group,
    name: 'prune',
    description: 'remove clients that nobody has used for so long; without --yes only say which',
    options: [
      ['--unused-days <days>', 'for at least so many days'],
      ['--yes', 'yes, remove them'],
    ],
    run: prune,
  },
  {
    group,
    name: 'delete',
    argument: '<client>',
    description: 'remove one client; what it was given ends everywhere',
    irreversible: 'its users have to connect it anew',
    about: (client_id) => ({ client_id }),
    run: async ({ ask }, client_id) => {
      await ask(removeClient, { client_id })
      return { value: { client_id }, text: `${client_id} is deleted: what it was given has ended\n` }
    },
  },
]
