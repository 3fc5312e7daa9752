/** The logger: one JSON object a line (readable lines with `debug`), credentials redacted wherever they might stand. */
import { type Logger, pino } from 'pino'

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

export function createLogger(options: { readonly service: string; readonly debug: boolean }): Logger {
  return pino({
    level: options.debug ? 'debug' : 'info',
    base: { service: options.service },
    redact: {
      paths: SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
      censor: '[redacted]',
    },
    ...(options.debug ? { transport: { target: 'pino-pretty', options: { colorize: process.stdout.isTTY } } } : {}),
  })
}
