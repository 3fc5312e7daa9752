import { Refusal, Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { type RefusalTable, toErrorAnswer } from './errors.ts'

const table: RefusalTable = {
  code_replayed: { status: 400, error: 'invalid_grant', description: 'This code cannot be used.' },
}

describe('what a caller may read of an error', () => {
  it('is the row of the table for a refusal; the detail stays inside', () => {
    const answer = toErrorAnswer(new Refusal('code_replayed', { family: 'f' }), table)
    expect(answer).toEqual({ ...table.code_replayed, bug: false })
  })

  it('is 503 and when to come back for an outage, never invalid_grant', () => {
    expect(toErrorAnswer(new Unavailable('store', { retryAfterSeconds: 7 }), table)).toMatchObject({
      status: 503,
      error: 'temporarily_unavailable',
      retryAfterSeconds: 7,
      bug: false,
    })
  })

  it.each([new Refusal('no_row'), new TypeError('secret text'), 'thrown text', undefined])(
    'is a plain 500 for a bug, without its text: %s',
    (error) => {
      const answer = toErrorAnswer(error, table)
      expect(answer).toMatchObject({ status: 500, error: 'server_error', bug: true })
      expect(JSON.stringify(answer)).not.toMatch(/secret text|thrown text|no_row/)
    },
  )
})
