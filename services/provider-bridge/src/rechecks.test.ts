import { describe, expect, it } from 'vitest'
import { Rechecks } from './rechecks.ts'

describe('rechecks of people', () => {
  it('are waited for so long, and by those who come meanwhile as one', async () => {
    const asked: string[] = []
    const answer = Promise.withResolvers<boolean>()
    const ask = (sub: string) => {
      asked.push(sub)
      return answer.promise
    }
    const rechecks = new Rechecks(ask, 5)
    expect(await Promise.all([rechecks.run('a', true), rechecks.run('a', true), rechecks.run('b', true)])).toEqual([
      false,
      false,
      false,
    ])
    expect(asked).toEqual(['a', 'b'])
    const patient = new Rechecks(ask, 10_000)
    const waiting = patient.run('a', true)
    answer.resolve(true)
    expect(await waiting).toBe(true)
  })

  it('under way end before the service does, so that a renewed token is not lost', async () => {
    const answer = Promise.withResolvers<boolean>()
    const rechecks = new Rechecks(() => answer.promise, 1)
    await rechecks.run('a', true)
    let stopped = false
    const stopping = rechecks.stop().then(() => {
      stopped = true
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(stopped).toBe(false)
    answer.resolve(true)
    await stopping
    expect(stopped).toBe(true)
  })
})
