import { stateIsFold } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { accessRulesInForce, identities, logins, upstreamGrants } from './deps.ts'
import type { DigestedRules } from './domain/access-rules.ts'
import type { FailureReason } from './domain/login.ts'

const sub = 'google:1'

describe('the state in the last commit equals the fold of all events', () => {
  it('of an identity', async () => {
    const commands = (['BlockIdentity', 'UnblockIdentity', 'EraseIdentity', 'RecordProfile'] as const).map(
      (type) => (at: number) => ({ type, sub, at }),
    )
    const signIn = (profileChanged: boolean) => (at: number) =>
      ({ type: 'RecordSignIn', profileChanged, sub, at }) as const
    const demand = (cause?: 'provider') => (at: number) => ({ type: 'RequireSignIn', cause, sub, at }) as const
    await expect(
      stateIsFold(identities, [...commands, signIn(true), signIn(false), demand(), demand('provider')]),
    ).resolves.toBeUndefined()
  })

  it('of a login', async () => {
    const succeed = (at: number) => ({ type: 'RecordSuccess', provider: 'google', sub, at }) as const
    const fail = (reason: FailureReason) => (at: number) =>
      ({ type: 'RecordFailure', provider: 'google', reason, sub: undefined, at }) as const
    await expect(stateIsFold(logins, [succeed, fail('code_refused'), fail('denied')])).resolves.toBeUndefined()
  })

  it('of what may be renewed at the provider', async () => {
    const claim = (generation: string) => (at: number) =>
      ({ type: 'ClaimRenewal', sub, generation, until: at + 1_000, at }) as const
    await expect(stateIsFold(upstreamGrants, [claim('a'), claim('b')])).resolves.toBeUndefined()
  })

  it('of the access rules in force', async () => {
    const rules = (key: string, allow: string[] | undefined, deny: string[]): DigestedRules => ({
      key,
      everywhere: { users: { allow, deny } },
      services: { s: { deny }, t: { deny: [] } },
      permits: [],
    })
    const apply =
      (now: DigestedRules, comparable = now) =>
      (at: number) =>
        ({ type: 'ApplyRules', rules: now, comparable, at }) as const
    await expect(
      stateIsFold(accessRulesInForce, [
        apply(rules('k1', undefined, [])),
        apply(rules('k1', ['a', 'b'], ['c'])),
        apply(rules('k1', ['a'], [])),
        apply(rules('k2', ['x'], []), rules('k1', ['a'], [])),
      ]),
    ).resolves.toBeUndefined()
  })
})
