/**
 * From flags, variables and file to one checked configuration, or to all its problems at once. Pure but for the reading of
 * files, which is handed in. Precedence: flags, then `MCP_*` variables, then the file; other variables fill absent keys.
 */
import type { z } from 'zod'
import { parseConfig } from './document.ts'
import { expectedOf, shapeOf } from './expected.ts'
import { findConfig } from './lookup.ts'
import { type Findings, isMapping, normalise } from './normalise.ts'
import { formatPath, type Path, Problems } from './problems.ts'
import { judge } from './rules.ts'
import { metaOf, schemaAt } from './schema-tree.ts'
import { type Config, configSchema } from './sections.ts'
import { substitute } from './substitute.ts'
import {
  type Env,
  fills,
  natsFills,
  overrides,
  providerFills,
  type ReadFile,
  readVariable,
  storageFills,
} from './variables.ts'

export interface LoadInput {
  /** As given on the command line; absent ones are undefined. */
  readonly flags?: {
    readonly config?: string | undefined
    readonly host?: string | undefined
    readonly port?: string | undefined
    readonly debug?: boolean | undefined
  }
  readonly env: Env
  readonly cwd: string
  readonly home: string
  readonly readFile: ReadFile
}

export interface LoadedConfig {
  readonly config: Config
  /** The file used. */
  readonly source: string
  /** One line each, for the log: dangerous on purpose, or without effect. */
  readonly warnings: readonly string[]
}

/** Undefined when no file is named and none is found. @throws Misconfigured with every problem, one line each */
export function loadConfig(input: LoadInput): LoadedConfig | undefined {
  const found = findConfig({ ...input, flag: input.flags?.config })
  if (!found) return undefined
  const document = parseConfig(found.text, found.path)
  const problems = new Problems()
  const context: Context = { input, problems, origins: new Map() }

  const tree = substituted(withOverrides(document.values, context), context)
  const findings: Findings = { problems, meaningless: [] }
  const normal = normalise(configSchema, tree, findings) as Record<string, unknown>
  const warnings: string[] = []
  const config = parse(normal, problems)
  judge(normal, { problems, warnings })
  problems.throwIfAny((path) => {
    const source = context.origins.get(formatPath(path))
    return source === undefined ? document.place(path) : { source, line: 0 }
  })
  if (!config) throw new TypeError('a configuration without problems did not parse')

  const meaningless = findings.meaningless.map(
    ({ path, reason }) => `${formatPath(path)} has no meaning here: ${reason}`,
  )
  return { config, source: found.path, warnings: [...warnings, ...meaningless] }
}

interface Context {
  readonly input: LoadInput
  readonly problems: Problems
  /** Which variable or flag gave a key that is not the file's. */
  readonly origins: Map<string, string>
}

type Tree = Record<string, unknown>

function withOverrides(values: Tree, context: Context): Tree {
  let tree = values
  const set = (path: Path, value: unknown, origin: string) => {
    tree = withValue(tree, path, value)
    context.origins.set(formatPath(path), origin)
  }
  for (const [name, path] of Object.entries(overrides)) {
    const value = readVariable(name, context.input, context.problems, path)
    // Empty is not given: compose files pass variables on that may not be set.
    if (value) set(path, value, name)
  }
  for (const [name, path] of Object.entries(fills)) {
    const value = tree[path[0] as string] === undefined && readVariable(name, context.input, context.problems, path)
    if (value) set(path, value, name)
  }
  const { host, port, debug } = context.input.flags ?? {}
  if (host !== undefined) set(['host'], host, '--host')
  if (port !== undefined) set(['port'], port, '--port')
  if (debug !== undefined) set(['debug'], debug, '--debug')
  return tree
}

/** Substitutes and fills what is in use; what is not in use is dropped unseen, whatever it refers to (original-25). */
function substituted(tree: Tree, context: Context): Tree {
  const { input, problems } = context
  const lookup = (name: string, path: Path) => readVariable(name, input, problems, path)
  const { storage, nats, oauth_providers: providers, ...rest } = tree
  const replace = (value: unknown, path: Path) => substitute(value, lookup, problems, path)
  return {
    ...(replace(rest, []) as Tree),
    ...(nats === undefined ? {} : { nats: natsInUse(nats, replace, context) }),
    ...(storage === undefined ? {} : { storage: storageInUse(storage, replace, context) }),
    ...(providers === undefined ? {} : { oauth_providers: providersInUse(providers, replace, context) }),
  }
}

type Replace = (value: unknown, path: Path) => unknown

function storageInUse(storage: unknown, replace: Replace, context: Context): unknown {
  if (!isMapping(storage)) return replace(storage, ['storage'])
  const { redis, vault, ...rest } = storage
  const common = replace(rest, ['storage']) as Tree
  const type = common.type
  if (type !== 'redis' && type !== 'vault') return common
  const path = ['storage', type]
  const section = replace((type === 'redis' ? redis : vault) ?? {}, path)
  return { ...common, [type]: isMapping(section) ? filled(section, storageFills[type], path, context) : section }
}

/** A key of a server that is not used is not asked for. */
function natsInUse(nats: unknown, replace: Replace, context: Context): unknown {
  const section = replace(nats, ['nats'])
  return isMapping(section) && section.url ? filled(section, natsFills, ['nats'], context) : section
}

/** With two providers neither is in use: that there are two is the one problem to tell. */
function providersInUse(providers: unknown, replace: Replace, context: Context): unknown {
  if (!isMapping(providers) || Object.keys(providers).length !== 1) return providers
  return Object.fromEntries(
    Object.entries(providers).map(([id, raw]) => {
      const path = ['oauth_providers', id]
      const provider = replace(raw ?? {}, path)
      return [id, isMapping(provider) ? filled(provider, providerFills(id), path, context) : provider]
    }),
  )
}

/** `section` with its absent keys filled from variables; an explicit key wins. */
function filled(section: Tree, fills: Readonly<Record<string, string>>, path: Path, context: Context): Tree {
  const result = { ...section }
  for (const [name, key] of Object.entries(fills)) {
    if (result[key] !== undefined && result[key] !== null) continue
    const value = readVariable(name, context.input, context.problems, [...path, key])
    if (!value) continue
    result[key] = value
    context.origins.set(formatPath([...path, key]), name)
  }
  return result
}

function withValue(tree: Tree, path: Path, value: unknown): Tree {
  const [head, ...rest] = path
  if (head === undefined) return tree
  const child = tree[head]
  return { ...tree, [head]: rest.length === 0 ? value : withValue(isMapping(child) ? child : {}, rest, value) }
}

/** Undefined when there are problems; they are then among `problems`. */
function parse(tree: Tree, problems: Problems): Config | undefined {
  const severalProviders = Object.keys((tree.oauth_providers as object | undefined) ?? {}).length > 1
  const parsed = configSchema.safeParse(severalProviders ? { ...tree, oauth_providers: {} } : tree, {
    reportInput: true,
  })
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) addIssue(issue, tree, problems)
  return undefined
}

function addIssue(issue: z.core.$ZodIssue, tree: Tree, problems: Problems): void {
  // Told with a suggestion by `normalise`, and by `rules.ts`.
  if (issue.code === 'unrecognized_keys' || issue.code === 'invalid_key') return
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  // A value that could not be substituted is known to be wrong; what became of it tells nothing.
  if (problems.covers(path)) return
  const schema = schemaAt(configSchema, path)
  const value = valueAt(tree, path)
  const own =
    issue.code === 'custom' ||
    issue.code === 'invalid_format' ||
    (issue.code === 'too_small' && issue.origin !== 'number')
  if (own || !schema) {
    problems.add(path, issue.message)
    return
  }
  const expected = expectedOf(schema)
  if (value === undefined) problems.add(path, `is missing; ${expected} is expected`)
  else problems.add(path, `must be ${expected}, but is ${shapeOf(value, metaOf(schema).secret === true)}`)
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    tree,
  )
}
