/**
 * How this service talks to the world: only to addresses of the configured provider, without redirects, in bounded time and
 * size. Whatever goes wrong on the way is an outage of the provider; what arrives whole is for the protocol to judge.
 */
import { setTimeout } from 'node:timers/promises'
import { Unavailable } from '@gateway/kernel'
import type { CustomFetch } from 'openid-client'
import { Agent, fetch, type RequestInit } from 'undici'
import { isAcceptable, type ProviderSettings } from '../domain/provider-settings.ts'

export const TIMEOUT_SECONDS = 5
const BODY_BYTES_MAX = 1024 * 1024
const RETRY_AFTER_SECONDS = 10
/** A question that changes nothing is asked once more, when the first answer is a quick failure. */
const AGAIN_AFTER_MS = 100

export const PROVIDER = 'identity provider'

/** The origins that may be asked: the configured ones, then those that the provider's own metadata adds. */
export type Origins = Set<string>

export interface Guard {
  readonly allowInsecure: boolean
  readonly timeoutMs?: number
  /** The gateway's certificate (RFC 8705 §2). */
  readonly tls?: ProviderSettings['proof']['tls']
}

export function guardedFetch(origins: Origins, guard: Guard): CustomFetch {
  const { allowInsecure, timeoutMs = TIMEOUT_SECONDS * 1000, tls } = guard
  const agent = tls && new Agent({ connect: { cert: tls.certificate, key: tls.key.open() } })
  return async (url, options) => {
    if (!origins.has(new URL(url).origin) || !isAcceptable(url, allowInsecure)) {
      throw outage(new Error('an address that is not the configured provider’s'))
    }
    const { signal, ...rest } = options
    const bound = AbortSignal.timeout(timeoutMs)
    const bounded = {
      ...rest,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, bound]) : bound,
      ...(agent ? { dispatcher: agent } : {}),
    } as RequestInit
    try {
      return await ask(url, bounded)
    } catch (cause) {
      if (options.method !== 'GET' || bounded.signal?.aborted || cause instanceof TooMuch) throw outage(cause)
      await setTimeout(AGAIN_AFTER_MS)
      return await ask(url, bounded).catch((again: unknown) => {
        throw outage(again)
      })
    }
  }
}

class TooMuch extends Error {}

async function ask(url: string, options: RequestInit): Promise<Response> {
  const answer = await fetch(url, options)
  const body = await readBody(answer)
  const { status, statusText, headers } = answer
  if (status === 429) throw new TooMuch('status 429')
  if (status >= 500) throw new Error(`status ${status}`)
  return new Response(isBodiless(status) ? null : new Uint8Array(body), { status, statusText, headers: [...headers] })
}

async function readBody(answer: { readonly body: AsyncIterable<Uint8Array> | null }): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new TooMuch('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304

export function outage(cause: unknown): Unavailable {
  return new Unavailable(PROVIDER, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS })
}
