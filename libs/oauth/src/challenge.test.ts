import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bearerChallenge } from './challenge.ts'

const METADATA = 'https://gateway.example.com/.well-known/oauth-protected-resource/calculator/mcp'

/** How SDK clients read a parameter: unanchored, first match, no unescaping. */
const read = (header: string, name: string) => new RegExp(`${name}=(?:"([^"]*)"|([^\\s,]+))`).exec(header)?.[1]

describe('a challenge', () => {
  it('without credentials has no error (RFC 6750 §3), and puts resource_metadata first (RFC 9728 §5.1)', () => {
    expect(bearerChallenge({ resourceMetadata: METADATA, scope: 'read write' })).toBe(
      `Bearer resource_metadata="${METADATA}", scope="read write"`,
    )
  })

  it('leaves out an empty scope', () => {
    expect(bearerChallenge({ resourceMetadata: METADATA, scope: '' })).toBe(`Bearer resource_metadata="${METADATA}"`)
  })

  it('states error and description after the scope', () => {
    const challenge = {
      resourceMetadata: METADATA,
      scope: 'a',
      error: 'invalid_token',
      errorDescription: 'Expired.',
    } as const
    expect(bearerChallenge(challenge)).toBe(
      `Bearer resource_metadata="${METADATA}", scope="a", error="invalid_token", error_description="Expired."`,
    )
  })

  it('means the same to a client whatever the texts hold: no quote, line break or look-alike parameter gets out', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.nat({ max: 0x2ff }).map((code) => String.fromCharCode(code)) }),
        fc.boolean(),
        (text, scoped) => {
          const header = bearerChallenge({
            resourceMetadata: METADATA,
            scope: scoped ? 'a' : undefined,
            error: 'insufficient_scope',
            errorDescription: `scope=x, scope="y" ${text}`,
          })
          expect(header).toMatch(/^[\x20-\x7E]*$/)
          expect(header.split('"').length).toBe(scoped ? 9 : 7)
          expect(read(header, 'resource_metadata')).toBe(METADATA)
          expect(read(header, 'scope')).toBe(scoped ? 'a' : undefined)
          expect(read(header, 'error')).toBe('insufficient_scope')
        },
      ),
    )
  })
})
