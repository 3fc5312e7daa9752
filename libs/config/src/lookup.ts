/** Where the configuration is looked for. Looking writes nothing anywhere (original-25). */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Misconfigured } from '@gateway/kernel'
import type { Env, ReadFile } from './variables.ts'

export interface Found {
  /** As it was named or found; printed at start. */
  readonly path: string
  readonly text: string
}

/** `--config`, `MCP_CONFIG_PATH`, then the usual places; undefined only when nothing is named and nothing is there. @throws Misconfigured */
export function findConfig(places: {
  readonly flag?: string | undefined
  readonly env: Env
  readonly cwd: string
  readonly home: string
  readonly readFile: ReadFile
}): Found | undefined {
  const named: [string | undefined, string][] = [
    [places.flag, '--config'],
    [places.env.MCP_CONFIG_PATH, 'MCP_CONFIG_PATH'],
  ]
  for (const [path, by] of named) {
    if (path === undefined || (path === '' && by !== '--config')) continue
    const found = path === '' ? undefined : read(resolve(places.cwd, path), places.readFile)
    if (!found) throw new Misconfigured([`${by} names ${JSON.stringify(path)}, which does not exist`])
    return found
  }
  for (const path of usualPlaces(places.cwd, places.home)) {
    const found = read(path, places.readFile)
    if (found) return found
  }
  return undefined
}

/** In this order. */
export function usualPlaces(cwd: string, home: string): readonly string[] {
  return [
    join(cwd, 'config.yaml'),
    join(cwd, 'config.yml'),
    join(home, '.mcp-gateway', 'config.yaml'),
    '/etc/mcp-gateway/config.yaml',
  ]
}

function read(path: string, readFile: ReadFile): Found | undefined {
  try {
    const text = readFile(path)
    return text === undefined ? undefined : { path, text }
  } catch (error) {
    throw new Misconfigured([`${path} ${unreadable(error)}`])
  }
}

function unreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES') return 'may not be read by this user'
  if (code === 'EISDIR') return 'is a folder (a container mounts one where the file to mount does not exist)'
  return `cannot be read: ${message}`
}

/** The text of a file; undefined when there is none. @throws what else `node:fs` says */
export const readFileIfThere: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}
