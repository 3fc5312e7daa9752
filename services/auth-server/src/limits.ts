/**
 * How often one address, client or user may do something, over all replicas. What succeeds is counted by client and by user,
 * never by address alone: a hosted client has one address for all its users (pain-16). Guessing (RFC 6749 §10.10, §2.3.1) is hopeless by the size of
 * what would have to be guessed; here it also becomes slow, and visible in the audit.
 */
import type { Config } from '@gateway/config'
import { Refusal, Unavailable } from '@gateway/kernel'
import { addressKey, type Logger } from '@gateway/service'
import type { Counter } from '@gateway/store'

const WINDOW_MS = 60_000

export interface Limits {
  /** A page for a browser at this address. @throws Refusal `too_many_requests` */
  page(address: string): Promise<void>
  /** A refused request. @throws Refusal `too_many_requests`: then it is not even told why */
  failure(address: string, clientId: string): Promise<void>
  /** A request of a client that has authenticated. @throws Refusal `too_many_requests` */
  client(clientId: string): Promise<void>
  /** A code for this user. @throws Refusal `too_many_requests` */
  code(sub: string): Promise<void>
}

/** @param settings the limits in force now: a reload changes them */
export function createLimits(counter: Counter, settings: () => Config['limits']['oauth'], log: Logger): Limits {
  async function take(purpose: string, key: string, limit: number): Promise<void> {
    if (!(await allowed(`auth-server ${purpose} ${key}`, limit))) throw new Refusal('too_many_requests', { purpose })
  }
  async function allowed(key: string, limit: number): Promise<boolean> {
    try {
      return (await counter.consume(key, 1, { limit, windowMs: WINDOW_MS })).allowed
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      // An outage of what counts is none of what is counted.
      log.warn({ err: error }, 'nothing is counted towards limits at the moment')
      return true
    }
  }
  return {
    page: (address) => take('pages', addressKey(address), settings().address_pages_per_minute),
    failure: (address, clientId) =>
      take('failures', `${addressKey(address)} ${clientId}`, settings().failures_per_minute),
    client: (clientId) => take('client', clientId, settings().client_requests_per_minute),
    code: (sub) => take('codes', sub, settings().user_codes_per_minute),
  }
}
