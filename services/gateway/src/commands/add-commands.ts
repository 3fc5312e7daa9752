/** The commands about a running deployment, as commander knows them. What they do is loaded when it is asked for. */
import { systemClock } from '@gateway/kernel'
import type { Host } from '@gateway/service'
import type { Command } from 'commander'
import type { AuditSearchFlags, AuditTailFlags } from './audit.ts'
import { clientsCommands } from './clients.ts'
import { type CommandFlags, type OperatorCommandSpec, runCommand } from './command.ts'
import { keysCommands } from './keys.ts'
import { parkedCommands, projectionsCommands } from './maintenance.ts'
import { servicesCommands } from './services.ts'
import { usersCommands } from './users.ts'

export const CONFIG = [
  '-c, --config <file>',
  'configuration file (default: ./config.yaml and other usual places)',
] as const
const PORT = ['--port <number>', 'port of the running process, where several run in one folder'] as const
const JSON_FLAG = ['--json', 'for programs: one line of JSON'] as const
/** What every command about a running deployment takes. */
export const COMMON_FLAGS: readonly string[] = [CONFIG, PORT, JSON_FLAG].map(([flags]) => flags)
const YES = ['--yes', 'yes, do what cannot be taken back'] as const

const GROUPS: readonly (readonly [name: string, description: string, readonly OperatorCommandSpec[]])[] = [
  ['clients', 'who connects people to services', clientsCommands],
  ['users', 'the people who signed in', usersCommands],
  ['keys', 'what tokens and assertions are signed with', keysCommands],
  ['services', 'the catalogue in force', servicesCommands],
  ['parked', 'facts that a reaction could not read', parkedCommands],
  ['projections', 'the views that services hold in memory', projectionsCommands],
]

export const GROUP_NAMES: readonly string[] = [...GROUPS.map(([name]) => name), 'store', 'audit']

export function addOperatorCommands(program: Command, host: Host): void {
  for (const [name, description, specs] of GROUPS) {
    const group = program.command(name).description(description).helpCommand(false)
    for (const spec of specs) addCommand(group, spec, host)
  }
}

function addCommand(group: Command, spec: OperatorCommandSpec, host: Host): void {
  const command = group
    .command(spec.argument === undefined ? spec.name : `${spec.name} ${spec.argument}`)
    .description(spec.description)
    .option(...CONFIG)
    .option(...PORT)
    .option(...JSON_FLAG)
  for (const option of spec.options ?? []) command.option(...option)
  if (spec.irreversible !== undefined) command.option(...YES)
  command.action(() => runCommand(spec, command.args[0] ?? '', command.opts<CommandFlags>(), host))
}

export function addStore(program: Command, host: Host): void {
  program
    .command('store')
    .description('what the configured storage holds')
    .helpCommand(false)
    .command('reseal')
    .description('seal everything anew with the active sealing key, so that older ones can go')
    .option(...CONFIG)
    .option(...PORT)
    .option(...JSON_FLAG)
    .action(async (flags: CommandFlags) => {
      const { resealStore } = await import('./reseal.ts')
      await resealStore(flags, host)
    })
}

export function addAudit(program: Command, host: Host): void {
  const group = program.command('audit').description('audit events of a running deployment').helpCommand(false)
  const json = ['--json', 'one CloudEvent a line instead of readable lines'] as const
  group
    .command('tail')
    .description('print audit events as they come')
    .option(...CONFIG)
    .option(...PORT)
    .option('--since <time>', 'begin this long ago: 30s, 15m, 12h, 7d, or all', '15m')
    .option('--no-follow', 'end with the events that are there')
    .option(...json)
    .action(async (flags: AuditTailFlags) => {
      const { auditTail } = await import('./audit.ts')
      await auditTail(flags, host, systemClock())
    })
  group
    .command('search')
    .description('print the audit events that match')
    .option(...CONFIG)
    .option(...PORT)
    .option('--user <user>', 'of this user')
    .option('--client <id>', 'of this client')
    .option('--family <id>', 'of this grant')
    .option('--service <id>', 'of this service')
    .option('--type <type>', 'of this type (token.refused), or of an area (token)')
    .option('--since <time>', 'begin this long ago: 30s, 15m, 12h, 7d, or all', '7d')
    .option(...json)
    .action(async (flags: AuditSearchFlags) => {
      const { auditSearch } = await import('./audit.ts')
      await auditSearch(flags, host, systemClock())
    })
}
