/** The logger: one JSON object a line (readable lines with `debug`), credentials redacted wherever they might stand. */
import { Unreadable, unreadableIn } from '@gateway/kernel'
import { type Logger, type LoggerOptions, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'

export type { Logger } from 'pino'

/** Property names whose values are never logged, at any depth up to three. */
const SECRET_NAMES = [
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'code',
  'code_verifier',
  'assertion',
  'password',
  'authorization',
  'cookie',
  'set-cookie',
  'token',
]

export interface LogOptions {
  readonly service: string
  /** Readable lines at debug level. */
  readonly debug: boolean
  /** Readable lines, and only what somebody should act on: for a terminal that shows something else. */
  readonly quiet?: boolean
  /** Standard output unless told otherwise. */
  readonly destination?: { write(line: string): unknown } | undefined
}

export function createLogger({ service, debug, quiet = false, destination }: LogOptions): Logger {
  const options: LoggerOptions = {
    level: debug ? 'debug' : quiet ? 'warn' : 'info',
    base: { service },
    redact: {
      paths: SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
      censor: '[redacted]',
    },
  }
  if (!debug && !quiet)
    return destination ? pino(options, { write: (line) => void destination.write(line) }) : pino(options)
  // Formatted and written at once: the last lines before an exit are those that are wanted most.
  const out = destination ?? process.stdout
  const readable = prettyFactory({
    colorize: out === process.stdout && process.stdout.isTTY,
    ignore: 'pid,hostname',
    singleLine: true,
  })
  return pino(options, { write: (line) => void out.write(readable(line)) })
}

const PLACES_MAX = 1_000
const told = new Set<string>()

/** What is stored and cannot be read stays so until somebody mends it: one line for each place, not one for each request. */
export function logUnreadable(log: Pick<Logger, 'error'>, error: unknown, where: object = {}): void {
  const problem = (error instanceof Unreadable ? error : unreadableIn(error))?.message
  if (problem === undefined || told.has(problem) || told.size >= PLACES_MAX) return
  told.add(problem)
  log.error({ problem, ...where }, 'what is stored cannot be read: what needs it is refused until it is mended')
}
