/** What of a new configuration a running process takes over, and what waits for its next start. Pure. */
import { Secret } from '@gateway/kernel'
import { formatPath, type Path } from './problems.ts'
import type { Config } from './sections.ts'

/** Sections that need no restart. Everything else decides what was opened, derived or connected at the start. */
export const RELOADABLE = [
  'mcp_services',
  'cors',
  'access',
  'clients',
  'registration',
  'limits',
] as const satisfies readonly (keyof Config)[]

export interface Reloaded {
  /** What is in force from now on: the running configuration with the new reloadable sections. */
  readonly config: Config
  /** Paths that changed and are in force. */
  readonly applied: readonly string[]
  /** Paths that changed and are not. */
  readonly needRestart: readonly string[]
}

export function reloaded(running: Config, next: Config): Reloaded {
  const changed = Object.keys({ ...running, ...next })
    .toSorted()
    .flatMap((key) => differences([key], running[key as keyof Config], next[key as keyof Config]))
  // A service names its provider, and who may come in is judged by what that one says: they change together or not at all.
  const otherProvider = Object.keys(running.oauth_providers).join() !== Object.keys(next.oauth_providers).join()
  const live: readonly string[] = otherProvider ? ['cors', 'clients', 'registration', 'limits'] : RELOADABLE
  const config = { ...running, ...Object.fromEntries(live.map((key) => [key, next[key as keyof Config]])) }
  const isLive = ([section]: Path) => live.includes(String(section))
  return {
    config,
    applied: changed.filter(isLive).map(formatPath),
    needRestart: changed.filter((path) => !isLive(path)).map(formatPath),
  }
}

/** Deep enough to find the line, short enough to read. */
const DEPTH_MAX = 3

/** Paths only: values may be secrets. */
function differences(path: Path, a: unknown, b: unknown): readonly Path[] {
  if (isSection(a) && isSection(b) && path.length < DEPTH_MAX) {
    return Object.keys({ ...a, ...b }).flatMap((key) => differences([...path, key], a[key], b[key]))
  }
  return same(a, b) ? [] : [path]
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return a.open() === b.open()
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]))
  if (isSection(a) && isSection(b)) return Object.keys({ ...a, ...b }).every((key) => same(a[key], b[key]))
  return Object.is(a, b)
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
}
