/**
 * A request judged by the rules of its service: from the body, which is what the backend acts on, and, in the revisions that
 * repeat it in headers, only where both say the same (T3, T4, T6).
 */

import { isListing } from './listing.ts'
import { type Message, MIRRORED, readMessages } from './message.ts'
import { type Held, lackOf, type Operation, type OperationRules } from './operation-rules.ts'
import { isModern, SUPPORTED_VERSIONS } from './protocol-version.ts'

/** The headers that mirror the body, as they came. */
export interface MirroredHeaders {
  readonly version: string | undefined
  readonly method: string | undefined
  readonly name: string | undefined
}

export type Inspection =
  | {
      readonly verdict: 'allowed'
      readonly operations: readonly Operation[]
      readonly message: Message | undefined
      /** Whether it asks for a list of what there is. */
      readonly listing: boolean
    }
  | { readonly verdict: 'unreadable' }
  | { readonly verdict: 'header_mismatch' | 'version_unsupported'; readonly id: string | number | undefined }
  | {
      readonly verdict: 'group_missing' | 'scope_insufficient'
      readonly message: Message | undefined
      /** All scopes that these operations take, what the token has already included. */
      readonly needed: readonly string[]
    }

export function inspect(body: Uint8Array, headers: MirroredHeaders, rules: OperationRules, held: Held): Inspection {
  const messages = readMessages(body)
  if (messages === undefined) return { verdict: 'unreadable' }
  const [first, ...others] = messages
  const message = others.length === 0 ? first : undefined
  const operations = messages.flatMap((each) => each.operations).filter(({ kind }) => rules.has(kind))
  const listing = messages.some(({ method }) => isListing(method))
  if (operations.length === 0) return { verdict: 'allowed', operations, message, listing }
  const fault = headerFault(messages, headers)
  if (fault !== undefined) return { verdict: fault, id: message?.id }
  const needs = rules.needsOf(operations)
  const lack = lackOf(needs, held)
  return lack === undefined
    ? { verdict: 'allowed', operations, message, listing }
    : { verdict: lack, message, needed: needs.scopes }
}

function headerFault(
  messages: readonly Message[],
  headers: MirroredHeaders,
): 'header_mismatch' | 'version_unsupported' | undefined {
  const { version } = headers
  if (version !== undefined && !SUPPORTED_VERSIONS.includes(version)) return 'version_unsupported'
  const stated = messages.find((message) => message.version !== undefined)?.version
  if (!isModern(version) && !isModern(stated)) return undefined
  // Modern by its body or by its headers: then by both, and one message alone.
  const [message] = messages
  if (message === undefined || messages.length > 1 || stated !== version) return 'header_mismatch'
  if (headers.method !== message.method) return 'header_mismatch'
  if (!MIRRORED.has(message.method ?? '')) return undefined
  return headers.name !== undefined && decoded(headers.name) === message.name ? undefined : 'header_mismatch'
}

/** T4: a value that no header can carry stands there in base64. */
function decoded(value: string): string | undefined {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value)?.[1]
  if (encoded === undefined) return value
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'))
  } catch {
    return undefined
  }
}
