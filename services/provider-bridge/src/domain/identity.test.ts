import { fold, Refusal } from '@gateway/kernel'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { assertUsable, type IdentityEvent, identity } from './identity.ts'

const given = specification(identity)
const sub = 'oidc:1'
const seen: IdentityEvent = { type: 'IdentitySeen', sub, at: 1_000 }
const blocked: IdentityEvent = { type: 'IdentityBlocked', sub, at: 5_500 }
const signIn = { type: 'RecordSignIn', sub, profileChanged: false, at: 9_000 } as const

/** The refusal that awaits a session that began at `since` seconds, if any. */
function judged(since: number, ...history: IdentityEvent[]): string | undefined {
  try {
    assertUsable(fold(identity, history), since)
    return undefined
  } catch (error) {
    return (error as Refusal).code
  }
}

describe('an identity', () => {
  it('is seen for the first time once', () => {
    given().when(signIn).then({ type: 'IdentitySeen', sub, at: 9_000 })
    given(seen).when(signIn).then()
  })

  it('counts changed profiles and records nothing of them', () => {
    const changed: IdentityEvent = { type: 'ProfileChanged', sub, revision: 2, at: 9_000 }
    given(seen)
      .when({ ...signIn, profileChanged: true })
      .then(changed)
    given(seen, changed)
      .when({ ...signIn, profileChanged: true })
      .then({ ...changed, revision: 3 })
  })

  it('takes no sign-in while it is blocked, seen before or not (pain-14)', () => {
    given(blocked).when(signIn).thenRefused('user_blocked')
    given(seen, blocked).when(signIn).thenRefused('user_blocked')
    const unblocked: IdentityEvent = { type: 'IdentityUnblocked', sub, at: 6_000 }
    given(seen, blocked).when({ type: 'UnblockIdentity', sub, at: 6_000 }).then(unblocked)
    given(seen, blocked, unblocked).when(signIn).then()
  })

  it('is blocked and unblocked once', () => {
    given(blocked).when({ type: 'BlockIdentity', sub, at: 7_000 }).then()
    given(seen).when({ type: 'UnblockIdentity', sub, at: 7_000 }).then()
  })

  it('requires a new sign-in since the latest of all demands', () => {
    const required: IdentityEvent = { type: 'SignInRequired', sub, at: 5_000 }
    given(seen).when({ type: 'RequireSignIn', sub, at: 5_000 }).then(required)
    given(seen, required).when({ type: 'RequireSignIn', sub, at: 4_000 }).then()
  })

  it('notes when the provider says something else of somebody who has signed in', () => {
    const changed: IdentityEvent = { type: 'ProfileChanged', sub, revision: 2, at: 9_000 }
    given(seen).when({ type: 'RecordProfile', sub, at: 9_000 }).then(changed)
    given().when({ type: 'RecordProfile', sub, at: 9_000 }).then()
  })

  it('says when it was the provider that wants a new sign-in', () => {
    const required: IdentityEvent = { type: 'SignInRequired', cause: 'provider', sub, at: 5_000 }
    given(seen).when({ type: 'RequireSignIn', cause: 'provider', sub, at: 5_000 }).then(required)
    expect(judged(4, seen, required)).toBe('sign_in_required')
  })

  it('once erased is new again, and what was issued before stays dead', () => {
    const erased: IdentityEvent = { type: 'IdentityErased', sub, at: 5_000 }
    given(seen).when({ type: 'EraseIdentity', sub, at: 5_000 }).then(erased)
    given(seen, erased).when({ type: 'EraseIdentity', sub, at: 6_000 }).then()
    given(seen, erased).when(signIn).then({ type: 'IdentitySeen', sub, at: 9_000 })
    expect(judged(4, seen, erased, { ...seen, at: 9_000 })).toBe('sign_in_required')
  })
})

describe('a session of a person', () => {
  it('is usable while nothing was demanded', () => {
    expect(judged(1, seen)).toBeUndefined()
    expect(judged(1)).toBeUndefined()
  })

  it('ends with a demand for a new sign-in, also when both fall into the same second', () => {
    const required: IdentityEvent = { type: 'SignInRequired', sub, at: 5_500 }
    expect(judged(4, seen, required)).toBe('sign_in_required')
    expect(judged(5, seen, required)).toBe('sign_in_required')
    expect(judged(6, seen, required)).toBeUndefined()
  })

  it('ends with a block, and does not come back when the block is lifted', () => {
    expect(judged(9, seen, blocked)).toBe('user_blocked')
    const unblocked: IdentityEvent = { type: 'IdentityUnblocked', sub, at: 6_000 }
    expect(judged(5, seen, blocked, unblocked)).toBe('sign_in_required')
    expect(judged(7, seen, blocked, unblocked)).toBeUndefined()
  })
})
