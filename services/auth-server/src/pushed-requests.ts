/**
 * Pushed authorization requests (RFC 9126): what a client has sent by itself, sealed in the store under a name that nobody
 * guesses (§7.1), for a minute and a half and for one use (§7.3).
 */
import { keyOf, newId } from '@gateway/kernel'
import type { KeyValue } from '@gateway/store'
import { z } from 'zod'
import { type Parameters, readParameters } from './domain/parameters.ts'

const URN = 'urn:ietf:params:oauth:request_uri:'
const LIFE_MS = 90_000
export const PUSHED_SECONDS = LIFE_MS / 1_000
/** More than fits a browser's cookie later on. */
const CHARACTERS_MAX = 8_192

const pushedSchema = z.object({ client_id: z.string(), parameters: z.record(z.string(), z.string()) })

export interface PushedRequests {
  /** @returns the `request_uri`; undefined when the request is too large */
  keep(clientId: string, parameters: Parameters): Promise<string | undefined>
  /** RFC 9126 §2.2, §7.3: what was pushed, once, for the client that pushed it. */
  take(requestUri: string, clientId: string): Promise<Parameters | undefined>
}

/** What proves the client is no part of its request. */
const PROOFS: ReadonlySet<string> = new Set(['client_secret', 'client_assertion', 'client_assertion_type'])

export const isPushed = (requestUri: string | undefined): requestUri is string => requestUri?.startsWith(URN) ?? false

export function createPushedRequests(store: KeyValue): PushedRequests {
  const keyFor = (id: string) => `par.${keyOf(id)}`
  return {
    async keep(clientId, parameters) {
      const stated = Object.fromEntries(parameters.entries().filter(([name]) => !PROOFS.has(name)))
      const pushed = JSON.stringify({ client_id: clientId, parameters: { ...stated, client_id: clientId } })
      if (pushed.length > CHARACTERS_MAX) return undefined
      const id = newId()
      await store.put(keyFor(id), Buffer.from(pushed), { ttlMs: LIFE_MS })
      return `${URN}${id}`
    },

    async take(requestUri, clientId) {
      const value = await store.take(keyFor(requestUri.slice(URN.length)))
      const pushed = value && pushedSchema.safeParse(JSON.parse(Buffer.from(value).toString())).data
      return pushed?.client_id === clientId ? readParameters(pushed.parameters) : undefined
    },
  }
}
