/** Bearer tokens at our own endpoints (RFC 6750): the header that carries one, and the challenge that asks for one. */
import type { FastifyReply, FastifyRequest } from '@gateway/service'

export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** RFC 6750 §3; without an error for who has shown nothing (§3.1). */
export function challenge(
  reply: FastifyReply,
  parameters: { readonly error?: string; readonly scope?: string } = {},
): void {
  const stated = Object.entries({ realm: 'oauth', ...parameters }).map(([name, value]) => `${name}="${value}"`)
  reply.header('WWW-Authenticate', `Bearer ${stated.join(', ')}`)
}
