import { toCloudEvent } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { problemOf } from './audited.ts'

describe('an audit event', () => {
  const event = toCloudEvent(
    {
      id: 'one',
      type: 'audit.mcp.denied',
      at: 0,
      data: { decision: 'denied', reason: 'token_invalid', actor: 'anonymous', request_id: 'r', http_method: 'POST' },
    },
    'proxy',
  )

  it('is as the contract has it', () => {
    expect(problemOf(event)).toBeUndefined()
  })

  it.each<[string, object]>([
    ['no type of the contract', { ...event, type: 'audit.mcp.invented' }],
    ['a field in the envelope that is not CloudEvents', { ...event, more: 1 }],
    ['data that its type must tell and does not', { ...event, data: { ...event.data, reason: undefined } }],
    ['data that nobody knows', { ...event, data: { ...event.data, email: 'ada@example.com' } }],
  ])('with %s is a problem', (_, broken) => {
    expect(problemOf(broken)).toBeDefined()
  })
})
