/** Environment variables: those that override keys, those that fill absent ones, and how any of them is read. */
import type { Path, Problems } from './problems.ts'

export type Env = Readonly<Record<string, string | undefined>>
/** The text of a file; undefined when there is none. @throws for a file that cannot be read */
export type ReadFile = (path: string) => string | undefined

/** These win over the file; flags win over them. */
export const overrides: Readonly<Record<string, Path>> = {
  MCP_GATEWAY_HOST: ['host'],
  MCP_GATEWAY_PORT: ['port'],
  MCP_ISSUER: ['issuer'],
  MCP_SESSION_SECRET: ['session_secret'],
  MCP_DEBUG: ['debug'],
  MCP_DATA_DIR: ['data_dir'],
  MCP_NATS_URL: ['nats', 'url'],
  MCP_STORAGE_TYPE: ['storage', 'type'],
  MCP_REDIS_HOST: ['storage', 'redis', 'host'],
  MCP_REDIS_PORT: ['storage', 'redis', 'port'],
  MCP_REDIS_PASSWORD: ['storage', 'redis', 'password'],
  MCP_VAULT_URL: ['storage', 'vault', 'url'],
  MCP_TELEMETRY_HOST: ['telemetry', 'host'],
  MCP_TELEMETRY_PORT: ['telemetry', 'port'],
}

/** These fill absent keys of the file: what a deployment made for itself gives way to what its operator wrote. */
export const fills: Readonly<Record<string, Path>> = { SESSION_SECRET: ['session_secret'] }

/** These fill absent keys of a section in use, and never bring a section into use. */
export const storageFills: Readonly<Record<'redis' | 'vault', Readonly<Record<string, string>>>> = {
  redis: { REDIS_HOST: 'host', REDIS_PORT: 'port', REDIS_PASSWORD: 'password', REDIS_SSL: 'ssl' },
  vault: {
    VAULT_URL: 'url',
    VAULT_TOKEN: 'token',
    VAULT_MOUNT_POINT: 'mount_point',
    VAULT_PATH_PREFIX: 'path_prefix',
  },
}

export const natsFills: Readonly<Record<string, string>> = { NATS_NKEY_SEED: 'nkey_seed' }

/** `google`: `GOOGLE_CLIENT_ID`, `GOOGLE_CLIENT_SECRET`; of `okta` the domain as well. */
export function providerFills(id: string): Readonly<Record<string, string>> {
  const prefix = id.toUpperCase().replace(/[^A-Z0-9]/g, '_')
  return {
    [`${prefix}_CLIENT_ID`]: 'client_id',
    [`${prefix}_CLIENT_SECRET`]: 'client_secret',
    ...(id === 'okta' ? { OKTA_DOMAIN: 'domain' } : {}),
  }
}

/**
 * The value of `name`, or what the file named by `<name>_FILE` holds (without its last line break). A given value wins over
 * a file; undefined when neither is there. An unreadable file is a problem at `path`.
 */
export function readVariable(
  name: string,
  source: { readonly env: Env; readonly readFile: ReadFile },
  problems: Problems,
  path: Path,
): string | undefined {
  const value = source.env[name]
  const file = source.env[`${name}_FILE`]
  if (value || !file) return value
  try {
    const text = source.readFile(file)
    if (text !== undefined) return text.replace(/\r?\n$/, '')
    problems.add(path, `${name}_FILE names ${file}, which does not exist`)
  } catch {
    problems.add(path, `${name}_FILE names ${file}, which cannot be read`)
  }
  return ''
}
