import { Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { Revocations } from './domain/revocations.ts'
import { RevocationLog } from './revocation-log.ts'

const T = Date.UTC(2026, 0, 1)
const token = {
  jti: 'j',
  sub: 'custom:alice',
  client_id: 'c',
  aud: 'http://localhost:8080/calculator/mcp',
  iat: T / 1000,
}
const revoked = { kind: 'token', id: 'r', at: T, jti: 'j', sub: 's', client_id: 'c' }

/** Told of these, numbered from 1. */
function told(...facts: readonly unknown[]): RevocationLog {
  const log = new RevocationLog(new Revocations('http://localhost:8080', 3_600_000))
  facts.forEach((data, index) => log.apply({ subject: 's', sequence: index + 1, id: 'r', time: T, data }))
  return log
}

describe('the log of revocations', () => {
  it('passes over what cannot be read, and what is known stands', async () => {
    const log = told(revoked, undefined, { kind: 'unheard of' })
    await log.reached(3, 0)
    expect(log.concerns(token)).toBe(true)
  })

  it('can be waited for', async () => {
    const log = told({ ...revoked, jti: 'k' })
    await log.reached(1, 0)
    const waiting = log.reached(3, 1_000).then(() => log.concerns(token))
    log.apply({ subject: 's', sequence: 2, id: 'a', time: T, data: { ...revoked, jti: 'l' } })
    log.apply({ subject: 's', sequence: 3, id: 'b', time: T, data: revoked })
    expect(await waiting).toBe(true)
  })

  it('is an outage when it is not known in time', async () => {
    await expect(told(revoked).reached(2, 10)).rejects.toBeInstanceOf(Unavailable)
  })

  it('holds the same as one that was told afresh, and nothing that is over', () => {
    const log = told(revoked, { ...revoked, jti: 'k' })
    expect(log.snapshot(T)).toEqual(told({ ...revoked, jti: 'k' }, revoked).snapshot(T))
    expect(log.snapshot(T)).not.toEqual(log.fresh().snapshot(T))
    expect(log.snapshot(T + 3_600_001)).toEqual(log.fresh().snapshot(T))
  })

  it('begins anew when the stream is read anew', async () => {
    const log = told(revoked)
    log.reset()
    expect(log.concerns(token)).toBe(false)
    await expect(log.reached(1, 1)).rejects.toBeInstanceOf(Unavailable)
  })
})
