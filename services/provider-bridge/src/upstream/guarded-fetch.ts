/**
 * How this service talks to the world: only to addresses of the configured provider, without redirects, in bounded time and
 * size. Whatever goes wrong on the way is an outage of the provider; what arrives whole is for the protocol to judge.
 */
import { Unavailable } from '@gateway/kernel'
import type { CustomFetch } from 'openid-client'
import { isAcceptable } from '../domain/provider-settings.ts'

export const TIMEOUT_SECONDS = 5
const BODY_BYTES_MAX = 1024 * 1024
const RETRY_AFTER_SECONDS = 10

export const PROVIDER = 'identity provider'

/** The origins that may be asked: the configured ones, then those that the provider's own metadata adds. */
export type Origins = Set<string>

export function guardedFetch(
  origins: Origins,
  allowInsecure: boolean,
  timeoutMs: number = TIMEOUT_SECONDS * 1000,
): CustomFetch {
  return async (url, options) => {
    if (!origins.has(new URL(url).origin) || !isAcceptable(url, allowInsecure)) {
      throw outage(new Error('an address that is not the configured provider’s'))
    }
    let answer: Response
    let body: Buffer
    try {
      const { signal, ...rest } = options
      const bound = AbortSignal.timeout(timeoutMs)
      answer = await fetch(url, {
        ...rest,
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, bound]) : bound,
      } as RequestInit)
      body = await readBody(answer)
    } catch (cause) {
      throw outage(cause)
    }
    if (answer.status >= 500 || answer.status === 429) throw outage(new Error(`status ${answer.status}`))
    const { status, statusText, headers } = answer
    return new Response(isBodiless(status) ? null : new Uint8Array(body), { status, statusText, headers })
  }
}

async function readBody(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304

export function outage(cause: unknown): Unavailable {
  return new Unavailable(PROVIDER, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS })
}
