/**
 * Tokens that were verified before, by the digest of the header that brought them, so that a signature is checked once per token and no bearer
 * stands in the heap's keys. Bounded: the one that came first leaves first. Expiry and revocation are judged at each use.
 */
import { hash } from 'node:crypto'
import type { VerifiedToken } from './verify.ts'

/** About 2 KB each. */
const TOKENS_MAX = 10_000

export interface TokenCache {
  get(digest: string): VerifiedToken | undefined
  put(digest: string, token: VerifiedToken): void
  delete(digest: string): void
  readonly size: number
}

export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
}

export function createTokenCache(tokensMax = TOKENS_MAX): TokenCache {
  const tokens = new Map<string, VerifiedToken>()
  return {
    get: (digest) => tokens.get(digest),
    put(digest, token) {
      if (tokens.size >= tokensMax) {
        const [oldest] = tokens.keys()
        if (oldest !== undefined) tokens.delete(oldest)
      }
      tokens.set(digest, token)
    },
    delete: (digest) => void tokens.delete(digest),
    get size() {
      return tokens.size
    },
  }
}
