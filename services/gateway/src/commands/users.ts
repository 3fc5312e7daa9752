/** `gateway users …`: the people who signed in. */
import {
  blockUser,
  eraseUser,
  type ListedFamily,
  type ListedUser,
  listFamilies,
  listUsers,
  requireSignIn,
  revokeFamily,
  type ShownUser,
  showUser,
  unblockUser,
} from '@gateway/contracts'
import type { Asking } from '../operator/line.ts'
import { sheet, table, timeOf } from '../text.ts'
import { allPages, type CommandFlags, type OperatorCommandSpec, type Shown } from './command.ts'

const group = 'users'
const argument = '<user>'
const about = (sub: string) => ({ sub })

async function list({ ask }: Asking, text: string) {
  const everybody = await allPages(
    (cursor: string | undefined) => ask(listUsers, { cursor }),
    (page) => page.users,
  )
  // A page may repeat somebody.
  const once = [...new Map(everybody.map((user) => [user.sub, user])).values()]
  const users = once.filter((user) => matches(user, text)).toSorted((a, b) => (a.sub < b.sub ? -1 : 1))
  const rows = users.map(({ sub, profile, blocked, sign_in_required_since }) => [
    sub,
    profile?.email,
    profile?.name,
    blocked,
    timeOf(sign_in_required_since),
  ])
  return { value: users, text: table(['USER', 'E-MAIL', 'NAME', 'BLOCKED', 'SIGN-IN REQUIRED SINCE'], rows) }
}

function matches({ sub, profile }: ListedUser, text: string): boolean {
  const wanted = text.toLowerCase()
  return [sub, profile?.email, profile?.name].some((value) => value?.toLowerCase().includes(wanted))
}

async function show({ ask }: Asking, sub: string) {
  const user = await ask(showUser, { sub })
  const { families } = await ask(listFamilies, { sub })
  const standing = families.filter((family) => family.auth_time * 1000 >= (user.sign_in_required_since ?? 0))
  return { value: { ...user, grants: standing }, text: `${person(user)}\n${grants(standing)}` }
}

function person({ sub, profile, status, blocked, admin, sign_in_required_since, access, upstream }: ShownUser): string {
  return sheet([
    ['user', sub],
    ['status', status],
    ['e-mail', profile?.email && `${profile.email}${profile.email_verified === true ? ' (verified)' : ''}`],
    ['name', profile?.name],
    ['groups', profile?.groups?.join(', ')],
    ['blocked', blocked],
    ['admin', admin],
    ['sign-in required since', timeOf(sign_in_required_since)],
    ['at the provider', upstream],
    ...access.map(
      ({ service, denied_by }) => [`may use ${service}`, denied_by === undefined ? 'yes' : `no: ${denied_by}`] as const,
    ),
  ])
}

function grants(families: readonly ListedFamily[]): string {
  const rows = families.map(({ family, client_id, resource, scopes, started_at, refreshed_at }) => [
    family,
    client_id,
    resource,
    scopes.join(' '),
    timeOf(started_at),
    timeOf(refreshed_at),
  ])
  return table(['GRANT', 'CLIENT', 'RESOURCE', 'SCOPES', 'SINCE', 'LAST REFRESHED'], rows)
}

async function revoke({ ask }: Asking, sub: string, { family }: CommandFlags): Promise<Shown> {
  if (typeof family === 'string') {
    await ask(revokeFamily, { reason: 'operator_request', family })
    return { value: { sub, family }, text: `grant ${family} has ended\n` }
  }
  await ask(requireSignIn, { sub })
  return { value: { sub }, text: `everything issued to ${sub} until now has ended; a new sign-in is required\n` }
}

const plain = (sub: string, text: string) => ({ value: { sub }, text: `${text}\n` })

export const usersCommands: readonly OperatorCommandSpec[] = [
  {
    group,
    name: 'list',
    argument: '[text]',
    description: 'people who signed in, or those of them who match',
    run: list,
  },
  { group, name: 'show', argument, description: 'everything that is known of one user', about, run: show },
  {
    group,
    name: 'block',
    argument,
    description: 'refuse a user everywhere at once, until unblocked',
    about,
    run: async ({ ask }, sub) => {
      await ask(blockUser, { sub })
      return plain(sub, `${sub} is blocked: what was issued has ended`)
    },
  },
  {
    group,
    name: 'unblock',
    argument,
    description: 'let a blocked user sign in again',
    about,
    run: async ({ ask }, sub) => {
      await ask(unblockUser, { sub })
      return plain(sub, `${sub} may sign in again`)
    },
  },
  {
    group,
    name: 'revoke',
    argument,
    description: 'end everything issued to a user, who may sign in again',
    options: [['--family <id>', 'end this one grant only']],
    about: (sub, { family }) => ({ sub, ...(typeof family === 'string' ? { family } : {}) }),
    run: revoke,
  },
  {
    group,
    name: 'erase',
    argument,
    description: 'delete what is held of a person, and say what remains',
    irreversible: 'what is erased cannot be brought back',
    about,
    run: async ({ ask }, sub) => {
      const done = await ask(eraseUser, { sub })
      const lines = (head: string, items: readonly string[]) => [head, ...items.map((item) => `  ${item}`)]
      return {
        value: done,
        text: `${[...lines('erased:', done.erased), ...lines('remains:', done.remains)].join('\n')}\n`,
      }
    },
  },
]
