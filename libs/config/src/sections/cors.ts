/** `cors`: which web pages may call `/{service}/mcp` and `/services` from a browser. */
import { z } from 'zod'
import type { FieldMeta } from './fields.ts'

const origin = z
  .string()
  .refine(isOrigin, 'must be "*" or an origin such as https://app.example.com, without path')
  .meta({ expected: 'an origin or "*"' } satisfies FieldMeta)

/** Compared parsed, so an origin must be one: scheme, host, optional port. */
function isOrigin(value: string): boolean {
  if (value === '*') return true
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  return bare && url.host !== '' && !value.includes('*')
}

export const corsSchema = z.strictObject({
  allow_origins: z
    .array(origin)
    .default([])
    .describe('Origins that may call. `*` admits every one, but never with credentials.'),
  allow_credentials: z.boolean().default(false).describe('Whether listed origins may send credentials.'),
  allow_methods: z
    .array(z.string())
    .default(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'])
    .describe('Methods that may be used; those of the protocol always may.'),
  allow_headers: z
    .array(z.string())
    .default(['*'])
    .describe('Request headers that may be sent; those of the protocol always may.'),
  expose_headers: z
    .array(z.string())
    .default([])
    .describe('Response headers that pages may read, beside those of the protocol.'),
})
