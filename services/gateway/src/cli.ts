/**
 * The `gateway` command line: which commands and flags there are. What they do is in the file of each, loaded when it is asked
 * for, so that nothing that is broken in a service keeps an operator from the rest.
 */
import { CannotStart, type Host, readVersion } from '@gateway/service'
import { Command, CommanderError, type Option } from 'commander'
import type { BootstrapFlags } from './bootstrap.ts'
import { addAudit, addOperatorCommands, addStore, COMMON_FLAGS, CONFIG, GROUP_NAMES } from './commands/add-commands.ts'
import type { DoctorFlags } from './doctor/doctor.ts'
import type { StartFlags } from './start.ts'

export function createProgram(host: Host): Command {
  const program = new Command('gateway')
    .description('MCP OAuth Gateway: OAuth 2.1 in front of MCP servers that have no authentication of their own')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpCommand(false)
  program
    .command('start', { isDefault: true })
    .description('run all five services in one process; without a configuration file, the demo')
    .option(...CONFIG)
    .option('--host <address>', 'address to listen on (default: localhost)')
    .option('--port <number>', 'port to listen on (default: 8080)')
    .option('--debug', 'readable logs at debug level; relaxes no check')
    .option('--demo', 'run the demo, whatever is configured')
    .option('--no-demo', 'without a configuration file exit 78 instead of running the demo')
    .allowExcessArguments()
    .action(async (flags: StartFlags, command: Command) => {
      const [unknown] = command.args
      if (unknown !== undefined) throw new CannotStart(oneLine(`there is no command ${JSON.stringify(unknown)}`))
      const { start } = await import('./start.ts')
      await start(flags, host)
    })
  program
    .command('bootstrap')
    .description('create and update the streams and durable consumers of a deployment over NATS')
    .option(...CONFIG)
    .option('--check', 'change nothing; exit non-zero when something differs')
    .option('--debug', 'readable logs at debug level')
    .action(async (flags: BootstrapFlags) => {
      const { bootstrap } = await import('./bootstrap.ts')
      await bootstrap(flags, host)
    })
  addOperatorCommands(program, host)
  addStore(program, host)
  addAudit(program, host)
  addDoctor(program, host)
  addSecrets(program, host)
  for (const command of allOf(program)) quieten(command, host)
  program.addHelpText('after', () => `\n${flagsOfAll(program)}`)
  return program
}

function addDoctor(program: Command, host: Host): void {
  program
    .command('doctor <url>')
    .description('play a client against a running gateway, this or any other, and say what is wrong and who mends it')
    .option('--client <id>', 'a client that the gateway knows, instead of registering one')
    .option('--redirect-uri <uri>', 'one of its redirect URIs')
    .option('--json', 'for programs: one line of JSON')
    .action(async (url: string, flags: DoctorFlags) => {
      const { doctor } = await import('./doctor/doctor.ts')
      await doctor(url, flags, host)
    })
}

function addSecrets(program: Command, host: Host): void {
  program
    .command('secrets <folder>')
    .description('make the secrets of a deployment, one folder for each part; what is there is kept')
    .action(async (folder: string) => {
      const { makeSecrets } = await import('./secrets.ts')
      await makeSecrets(folder, host)
    })
  program
    .command('auditor')
    .description('print the read-only credential for the audit events')
    .option('--secrets <folder>', 'folder of the auditor made by gateway secrets', '/auditor')
    .option('--url <url>', 'address of NATS as seen from outside', 'nats://127.0.0.1:4222')
    .action(async (flags: { secrets: string; url: string }) => {
      const { printAuditor } = await import('./secrets.ts')
      await printAuditor(flags.secrets, flags.url, host)
    })
}

/** Runs one command line. @throws CannotStart for one that is no command */
export async function runCommandLine(host: Host): Promise<void> {
  try {
    await createProgram(host).parseAsync(host.argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0 && error.code !== 'commander.help')
      throw new CannotStart(oneLine(error.message), { cause: error })
  }
}

/** Commander would print and exit by itself; here whatever is wrong is one line, printed in one place. */
function quieten(command: Command, host: Host): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void host.stdout.write(text),
    writeErr: (text) => void host.stdout.write(text),
    outputError: () => undefined,
  })
}

function oneLine(message: string): string {
  return `${message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')} (gateway --help lists every flag)`
}

/** `gateway --help` lists the flags of every command; those that all commands about a running deployment take, once. */
function flagsOfAll(program: Command): string {
  const own = allOf(program)
    .filter((command) => command !== program)
    .map((command) => ({
      name: nameOf(command),
      options: command.options.filter((option) => !isCommon(command, option)),
    }))
    .filter(({ options }) => options.length > 0)
  const common = program.commands.flatMap(({ commands }) => commands).at(0)?.options ?? []
  return [...own, { name: `${GROUP_NAMES.join(', ')}: every command also`, options: common }]
    .map(({ name, options }) => [`${name}:`, ...options.map(lineOf), ''].join('\n'))
    .join('\n')
}

function isCommon({ parent }: Command, option: Option): boolean {
  return parent?.parent !== null && COMMON_FLAGS.includes(option.flags)
}

function lineOf(option: Option): string {
  return `  ${option.flags.padEnd(22)} ${describe(option)}`
}

function describe({ description, defaultValue }: Option): string {
  return typeof defaultValue === 'string' ? `${description} (default: ${defaultValue})` : description
}

function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap((child) => allOf(child))]
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}
