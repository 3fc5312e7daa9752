/**
 * What a request body asks for, read for policy: JSON-RPC 2.0 messages, alone or as a batch (which 2025-03-26 allows, and
 * which a look at one `method` alone would miss), and the tools, resources and prompts that they name.
 */
import { isListing } from './listing.ts'
import type { Operation, RuledKind } from './operation-rules.ts'
import { type Json, parseStrictJson } from './strict-json.ts'

export interface Message {
  /** Absent in responses. */
  readonly method: string | undefined
  /** As JSON; undefined for notifications and what has no usable id. */
  readonly id: string | number | undefined
  /** `_meta["io.modelcontextprotocol/protocolVersion"]`. */
  readonly version: string | undefined
  /** What `Mcp-Name` repeats: `params.name` or `params.uri` of the methods that have one (T4). */
  readonly name: string | undefined
  readonly operations: readonly Operation[]
}

const VERSION = 'io.modelcontextprotocol/protocolVersion'

/** Undefined where a name should stand and none does: what a backend would make of it is unknown. */
type ReadOperations = (params: Members) => readonly Operation[] | undefined

/** By method: the things that its parameters name. */
const OPERATIONS: ReadonlyMap<string, ReadOperations> = new Map([
  ['tools/call', named('tools', 'name')],
  ['resources/read', named('resources', 'uri')],
  ['resources/subscribe', named('resources', 'uri')],
  ['resources/unsubscribe', named('resources', 'uri')],
  ['prompts/get', named('prompts', 'name')],
  ['completion/complete', (params) => completed(params.get('ref'))],
  ['subscriptions/listen', (params) => listenedTo(params.get('notifications'))],
])
/** T4: the methods whose name stands in `Mcp-Name`. */
export const MIRRORED: ReadonlySet<string> = new Set(['tools/call', 'resources/read', 'prompts/get'])

/** Names that decide. Readers that ignore case (Go's encoding/json did) would take `Method` for `method`. */
const DECIDING = new Set(['METHOD', 'PARAMS', 'NAME', 'URI', 'REF', 'TYPE', 'NOTIFICATIONS', 'RESOURCESUBSCRIPTIONS'])

type Members = ReadonlyMap<string, Json>

/** Undefined for what is no message in every reader's eyes. */
export function readMessages(body: Uint8Array): readonly Message[] | undefined {
  const parsed = parseStrictJson(body)
  const values = isList(parsed) ? parsed : [parsed]
  const messages = values.map((value) => (isMembers(value) ? readMessage(value) : undefined))
  return messages.length > 0 && messages.every((message) => message !== undefined) ? messages : undefined
}

function readMessage(members: Members): Message | undefined {
  const method = members.get('method')
  const params = members.get('params') ?? new Map<string, Json>()
  if (!isUnambiguous(members) || (method !== undefined && typeof method !== 'string')) return undefined
  const id = idOf(members.get('id'))
  // Positional parameters (JSON-RPC 2.0 §4.2) are not MCP's, and what they mean is the backend's guess.
  if (method === undefined) return { method, id, version: undefined, name: undefined, operations: [] }
  if (!isMembers(params) || !isUnambiguous(params)) return undefined
  const operations = operationsOf(method, params)
  if (operations === undefined) return undefined
  const meta = params.get('_meta')
  const version = isMembers(meta) ? meta.get(VERSION) : undefined
  const name = MIRRORED.has(method) ? operations[0]?.name : undefined
  return { method, id, version: typeof version === 'string' ? version : undefined, name, operations }
}

function operationsOf(method: string, params: Members): readonly Operation[] | undefined {
  const read = OPERATIONS.get(method)
  if (read) return read(params)
  // JSON-RPC compares methods exactly; a backend that does not would run a call that no rule has judged.
  const folded = method.toLowerCase()
  return folded !== method && (OPERATIONS.has(folded) || isListing(folded)) ? undefined : []
}

function named(kind: RuledKind, member: 'name' | 'uri'): ReadOperations {
  return (params) => {
    const name = params.get(member)
    // A lone surrogate is another character to other readers.
    return typeof name === 'string' && name.isWellFormed() ? [{ kind, name }] : undefined
  }
}

/** `completion/complete` tells values of a prompt's or a resource template's arguments. */
function completed(ref: Json | undefined): readonly Operation[] | undefined {
  if (!isMembers(ref) || !isUnambiguous(ref)) return undefined
  const kinds: readonly (readonly [member: string, kind: RuledKind])[] = [
    ['name', 'prompts'],
    ['uri', 'resources'],
  ]
  const operations = kinds.flatMap(([member, kind]) => {
    const name = ref.get(member)
    return typeof name === 'string' ? [{ kind, name }] : []
  })
  return operations.length > 0 ? operations : undefined
}

function listenedTo(filter: Json | undefined): readonly Operation[] | undefined {
  if (filter === undefined || filter === null) return []
  if (!isMembers(filter) || !isUnambiguous(filter)) return undefined
  const uris = filter.get('resourceSubscriptions') ?? []
  if (!isList(uris) || !uris.every((uri) => typeof uri === 'string')) return undefined
  return uris.map((name) => ({ kind: 'resources', name }))
}

function isUnambiguous(members: Members): boolean {
  for (const key of members.keys()) {
    const folded = key.toUpperCase()
    if (DECIDING.has(folded) && key !== 'resourceSubscriptions' && key !== folded.toLowerCase()) return false
  }
  return true
}

function idOf(id: Json | undefined): string | number | undefined {
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

function isMembers(value: Json | undefined): value is Members {
  return value instanceof Map
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
