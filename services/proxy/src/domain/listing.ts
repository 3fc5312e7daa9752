/**
 * Lists of tools, resources and prompts in an answer, shortened to what their reader may ask for. It hides names and protects
 * nothing: the refusal of the call does.
 */
import type { Operation, RuledKind } from './operation-rules.ts'

/** By the member of a result: what kind of thing it lists, and which member of each names it. */
const LISTS: Readonly<Record<string, { readonly kind: RuledKind; readonly named: string }>> = {
  tools: { kind: 'tools', named: 'name' },
  resources: { kind: 'resources', named: 'uri' },
  resourceTemplates: { kind: 'resources', named: 'uriTemplate' },
  prompts: { kind: 'prompts', named: 'name' },
}

const LISTING_METHODS: ReadonlySet<string> = new Set([
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'prompts/list',
])

export function isListing(method: string | undefined): boolean {
  return method !== undefined && LISTING_METHODS.has(method)
}

export type May = (operation: Operation) => boolean

/**
 * The JSON text of a message or a batch with its lists shortened; undefined when it stays as it is, byte for byte, and for what is
 * no JSON. All else of it is kept: cursors, `_meta`, numbers as they were written.
 */
export function shortened(text: string, may: May): string | undefined {
  const value = parsed(text)
  const messages = Array.isArray(value) ? (value as unknown[]) : [value]
  const changes = messages.map(
    (message) => isMembers(message) && isMembers(message['result']) && shorten(message['result'], may),
  )
  return changes.includes(true) ? JSON.stringify(value) : undefined
}

type Members = Record<string, unknown>

/** Whether anything of it was changed. */
function shorten(result: Members, may: May): boolean {
  let changed = false
  for (const [member, { kind, named }] of Object.entries(LISTS)) {
    const list = Object.hasOwn(result, member) ? result[member] : undefined
    if (!Array.isArray(list)) continue
    const kept = list.filter((item) => {
      const name = isMembers(item) ? item[named] : undefined
      return typeof name !== 'string' || may({ kind, name })
    })
    if (kept.length < list.length) changed = true
    result[member] = kept
    // T11: what is another list for everybody may be shared by no cache, whole or not.
    if (result['cacheScope'] === 'public') {
      result['cacheScope'] = 'private'
      changed = true
    }
  }
  return changed
}

interface RawJson {
  rawJSON(source: string): unknown
}

/** Numbers keep their text: 1.0 stays 1.0, and what no double holds stays what it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' && context?.source !== undefined
        ? (JSON as unknown as RawJson).rawJSON(context.source)
        : value,
    )
  } catch {
    return undefined
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
