/** The `gateway` command line: which commands and flags there are. What they do is in the file of each. */
import { systemClock } from '@gateway/kernel'
import { CannotStart, type Host, readVersion } from '@gateway/service'
import { Command, CommanderError, type Option } from 'commander'
import { type AuditTailFlags, auditTail } from './audit.ts'
import { type BootstrapFlags, bootstrap } from './bootstrap.ts'
import { makeSecrets, printAuditor } from './secrets.ts'
import { type StartFlags, start } from './start.ts'

const CONFIG = ['-c, --config <file>', 'configuration file (default: ./config.yaml and other usual places)'] as const

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
    .action((flags: StartFlags, command: Command) => {
      const [unknown] = command.args
      if (unknown !== undefined) throw new CannotStart(oneLine(`there is no command ${JSON.stringify(unknown)}`))
      return start(flags, host)
    })
  program
    .command('bootstrap')
    .description('create and update the streams and durable consumers of a deployment over NATS')
    .option(...CONFIG)
    .option('--check', 'change nothing; exit non-zero when something differs')
    .option('--debug', 'readable logs at debug level')
    .action((flags: BootstrapFlags) => bootstrap(flags, host))
  program
    .command('audit')
    .description('audit events of a running deployment')
    .helpCommand(false)
    .command('tail')
    .description('print audit events as they come')
    .option(...CONFIG)
    .option('--port <number>', 'port of the running process, where several run in one folder')
    .option('--since <time>', 'begin this long ago: 30s, 15m, 12h, 7d, or all', '15m')
    .option('--no-follow', 'end with the events that are there')
    .option('--json', 'one CloudEvent a line instead of readable lines')
    .action((flags: AuditTailFlags) => auditTail(flags, host, systemClock()))
  addSecrets(program, host)
  for (const command of allOf(program)) quieten(command, host)
  program.addHelpText('after', () => `\n${flagsOfAll(program)}`)
  return program
}

function addSecrets(program: Command, host: Host): void {
  program
    .command('secrets <folder>')
    .description('make the secrets of a deployment, one folder for each part; what is there is kept')
    .action((folder: string) => makeSecrets(folder, host))
  program
    .command('auditor')
    .description('print the read-only credential for the audit events')
    .option('--secrets <folder>', 'folder of the auditor made by gateway secrets', '/auditor')
    .option('--url <url>', 'address of NATS as seen from outside', 'nats://127.0.0.1:4222')
    .action((flags: { secrets: string; url: string }) => printAuditor(flags.secrets, flags.url, host))
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

/** `gateway --help` lists the flags of every command. */
function flagsOfAll(program: Command): string {
  return allOf(program)
    .filter((command) => command !== program && command.options.length > 0)
    .map((command) => {
      const flags = command.options.map((option) => `  ${option.flags.padEnd(22)} ${describe(option)}`)
      return [`${nameOf(command)}:`, ...flags, ''].join('\n')
    })
    .join('\n')
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
