import { tokenFamilyStateSchema } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { tokenFamilyCommit } from '../facts.ts'
import { revokedV1, rotatedV1, startedV1 } from '../test-support/families-v1.ts'
import { upcastTokenFamily } from './token-family-upcast.ts'

describe('a state of version 1', () => {
  it.each([
    ['of the first commit, which is that of the request that started it', startedV1, 'HJ-VOqZ3rOnPPNBGgwJXEw'],
    ['of a later commit, which does not tell who started it', rotatedV1, null],
    ['of a revoked family', revokedV1, null],
  ])('%s becomes a current one', (_, commit, started_by) => {
    const state = upcastTokenFamily(commit)
    expect(state).toEqual({ ...commit.state, started_by })
    expect(tokenFamilyStateSchema.parse(state)).toEqual(state)
  })

  it('is read by the reactions as well; one of a newer version is parked', () => {
    const message = (data: unknown) => ({ subject: 'evt.x', sequence: 1, id: 'x', time: 0, data })
    expect(tokenFamilyCommit(message(startedV1)).state).toMatchObject({ started_by: 'HJ-VOqZ3rOnPPNBGgwJXEw' })
    expect(() => tokenFamilyCommit(message({ ...rotatedV1, stateVersion: 3 }))).toThrow(
      expect.objectContaining({ name: 'UnreadableFact', message: 'state version 3 of a token family' }),
    )
  })
})
