/** A commit carries the state after it, so that loading costs one read; `evolve` over all events stays what it means. */
import { isDeepStrictEqual } from 'node:util'
import { RINGS } from '@gateway/contracts'
import { decideInTurn, type Step } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenFamilies } from './deps.ts'
import { activeKey, type KeyRingCommand } from './domain/key-ring.ts'
import type { TokenFamilyCommand } from './domain/token-family.ts'
import { keyRings } from './signing-keys.ts'

const DAY = 86_400_000
const lives = { graceMs: 30_000, idleMs: 30 * DAY, maxMs: 365 * DAY }
/** Small enough that commands meet, and around the windows that decide. */
const step = fc.constantFrom(0, 1, 999, 15_000, 30_001, 31 * DAY)
const clientId = fc.constantFrom('client-a', 'client-a', 'client-a', 'client-b')

const familyCommand: fc.Arbitrary<TokenFamilyCommand> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('StartFamily' as const),
      family: fc.constant('F'.repeat(22)),
      started_by: fc.constantFrom('request-1', 'request-2'),
      sub: fc.constant('custom:alice'),
      client_id: fc.constant('client-a'),
      resource: fc.constant('http://localhost:8080/calculator/mcp'),
      scopes: fc.constantFrom(['read'], ['read', 'calculate'], []),
      auth_time: fc.constant(0),
      refreshable: fc.constantFrom(true, true, true, false),
      at: step,
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('RefreshFamily' as const),
      client_id: clientId,
      generation: fc.nat({ max: 6 }),
      scopes: fc.constantFrom(undefined, ['read'], ['admin']),
      lives: fc.constant(lives),
      at: step,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        type: fc.constant('EndFamily' as const),
        reason: fc.constant('user_request' as const),
        sub: fc.constantFrom('custom:alice', 'custom:mallory', 'custom:mallory'),
        at: step,
      }),
      fc.record({
        type: fc.constant('EndFamily' as const),
        reason: fc.constant('operator_request' as const),
        at: step,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('RevokeFamily' as const),
      client_id: clientId,
      reason: fc.constant('client_request' as const),
      at: step,
    }),
  },
)

const kid = fc.constantFrom('a', 'b', 'c', 'd')
const newKey = (kid: string) => ({ kid, public_jwk: { kty: 'EC', kid, alg: 'ES256', use: 'sig' } })
const ring = RINGS[0]
const ringCommand: fc.Arbitrary<KeyRingCommand> = fc.oneof(
  fc.record({ kid, lost: fc.option(kid, { nil: undefined }), at: step }).map(({ kid, lost, at }) => ({
    type: 'EnsureActive' as const,
    ring,
    ...newKey(kid),
    lost,
    at,
  })),
  fc.record({ kid, at: step }).map(({ kid, at }) => ({ type: 'CreateKey' as const, ring, ...newKey(kid), at })),
  fc.record({ type: fc.constantFrom('ActivateKey' as const, 'DropKey' as const), kid, at: step }),
  fc.record({ kid, replacement: kid.map(newKey), at: step }).map(({ kid, replacement, at }) => ({
    type: 'RevokeKey' as const,
    ring,
    kid,
    replacement,
    at,
  })),
)

/** `at` of a random command is how long after the one before it comes. */
const stepsOf = <Command extends { readonly at: number }>(commands: readonly Command[]): readonly Step<Command>[] =>
  commands.map((command) => ({ waitMs: command.at, command: (at) => ({ ...command, at }) }))

describe('the state in the last commit equals the fold of all events', () => {
  it('of a token family, which never leaves the status revoked nor goes back a generation', async () => {
    const property = fc.asyncProperty(fc.array(familyCommand, { maxLength: 30 }), (commands) =>
      decideInTurn(tokenFamilies, stepsOf(commands), (before, after) => {
        const stays = before.status !== 'revoked' || isDeepStrictEqual(after, before)
        const forward = before.status !== 'active' || after.status !== 'active' || after.generation >= before.generation
        expect({ stays, forward }).toEqual({ stays: true, forward: true })
      }),
    )
    await fc.assert(property, { numRuns: 100 })
  })

  it('of a key ring, which never has two active keys and never loses its active one', async () => {
    const property = fc.asyncProperty(fc.array(ringCommand, { maxLength: 30 }), (commands) =>
      decideInTurn(keyRings, stepsOf(commands), (before, after) => {
        const active = after.keys.filter(({ status }) => status === 'active')
        expect(active.length).toBe(activeKey(before) ? 1 : Math.min(active.length, 1))
        expect(new Set(after.keys.map(({ kid }) => kid)).size).toBe(after.keys.length)
      }),
    )
    await fc.assert(property, { numRuns: 100 })
  })
})
