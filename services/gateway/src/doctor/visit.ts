/** What the doctor knows so far: each step adds to it, later steps build on it. */
import type { Finding } from './finding.ts'

export interface Visit {
  /** The MCP endpoint. */
  endpoint: URL
  /** Whether it wants a token at all. */
  isProtected: boolean
  /** `resource_metadata` of its challenge. */
  metadataUrl?: string
  /** RFC 9728. */
  resource?: Readonly<Record<string, unknown>>
  /** The first authorization server that the resource names. */
  issuer?: string
  /** RFC 8414. */
  server?: Readonly<Record<string, unknown>>
  client?: TestClient
}

export interface TestClient {
  readonly id: string
  readonly redirectUri: string
  /** RFC 7592: only of a client that was registered for this visit. */
  readonly management?: { readonly uri: string; readonly token: string }
}

export interface Step {
  readonly title: string
  /** Why it cannot be looked at; undefined when it can. */
  readonly skip?: (visit: Visit) => string | undefined
  /** @throws NoAnswer */
  readonly look: (visit: Visit) => Promise<readonly Finding[]>
}

/** A text of a document; undefined when it is none. */
export function textOf(document: Readonly<Record<string, unknown>> | undefined, key: string): string | undefined {
  const value = document?.[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The texts of a list in a document; empty when it is none. */
export function listOf(document: Readonly<Record<string, unknown>> | undefined, key: string): readonly string[] {
  const value = document?.[key]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/** https, or http on this machine. */
export function isSafeUrl(text: string | undefined): boolean {
  if (text === undefined || !URL.canParse(text)) return false
  const url = new URL(text)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}
