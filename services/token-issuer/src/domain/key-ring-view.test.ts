import { subjectOf } from '@gateway/bus'
import { aggregates, type KeyRingState } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { KeyRingView } from './key-ring-view.ts'

const key = {
  kid: 'k1',
  status: 'active',
  public_jwk: { kty: 'EC', kid: 'k1', alg: 'ES256', use: 'sig' },
  created_at: 1,
  activated_at: undefined,
} as const
const state: KeyRingState = { ring: 'access-token', keys: [key] }

describe('the rings as a replica knows them', () => {
  it('are the same whether decided here or told by the stream', () => {
    const [decided, told] = [new KeyRingView(), new KeyRingView()]
    const decision = { version: 1, state, sequence: 9, repeated: false }
    decided.decided('access-token', decision)
    const commit = { id: 'r.0', version: 1, at: 1, actor: 'operator', events: [], stateVersion: 1, state }
    const data: unknown = JSON.parse(JSON.stringify(commit))
    told.apply({ subject: subjectOf(aggregates.signingKey, 'access-token'), sequence: 1, id: 'r.0', time: 1, data })
    expect(decided.snapshot()).toStrictEqual(told.snapshot())
  })
})
