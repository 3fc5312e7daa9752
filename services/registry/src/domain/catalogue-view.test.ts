import type { Commit, StoredMessage } from '@gateway/bus'
import type { Service, ServiceState } from '@gateway/contracts'
import { describe, expect, it, vi } from 'vitest'
import { catalogueView } from './catalogue-view.ts'

const service = (id: string): Service => ({
  id,
  name: id,
  url: `http://localhost/${id}`,
  auth_required: true,
  scopes: [],
  require_scopes: 'any',
  timeout: 30_000,
})
const listed = (id: string, source: string): ServiceState => ({ status: 'listed', service: service(id), source })
const removed = (id: string, source: string): ServiceState => ({ status: 'removed', id, source })

let sequence = 0
function fact(id: string, version: number, state: unknown): StoredMessage {
  const data: Commit = {
    id: `r${version}.0`,
    version,
    at: 0,
    actor: 'service:registry',
    events: [],
    state,
    stateVersion: 1,
  }
  return { subject: `evt.registry.service.${id}`, sequence: ++sequence, id: data.id, time: 0, data }
}

describe('the catalogue view', () => {
  it('shows what is listed, sorted, and not what was removed', () => {
    const view = catalogueView()
    for (const message of [
      fact('b', 1, listed('b', 'h1')),
      fact('a', 1, listed('a', 'h1')),
      fact('c', 1, listed('c', 'h1')),
      fact('c', 2, removed('c', 'h2')),
    ])
      view.apply(message)
    expect(view.services().map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('knows which configuration was superseded, and by which order they first came into force', () => {
    const view = catalogueView()
    expect(view.isSuperseded('h1')).toBe(false)
    view.apply(fact('a', 1, listed('a', 'h1')))
    expect(view.isSuperseded('h1')).toBe(false)
    view.apply(fact('a', 2, listed('a', 'h2')))
    // A late append of a replica that lost the race does not bring the old one back.
    view.apply(fact('b', 1, listed('b', 'h1')))
    expect([view.isSuperseded('h1'), view.isSuperseded('h2'), view.isSuperseded('h3')]).toEqual([true, false, false])
  })

  it('forgets everything when the stream is another one', () => {
    const view = catalogueView()
    view.apply(fact('a', 1, listed('a', 'h1')))
    view.reset()
    expect([view.services(), view.position(), view.isSuperseded('h1')]).toEqual([[], 0, false])
  })

  it('counts what it cannot read and goes on', () => {
    const view = catalogueView()
    view.apply(fact('a', 1, { status: 'of a later version' }))
    view.apply({ ...fact('a', 1, {}), data: undefined })
    view.apply(fact('b', 1, listed('b', 'h1')))
    expect(view.unreadable()).toBe(2)
    expect(view.services()).toHaveLength(1)
  })

  it('tells of a jump in the versions of an aggregate', () => {
    const onGap = vi.fn<(subject: string, from: number, to: number) => void>()
    const view = catalogueView(onGap)
    view.apply(fact('a', 1, listed('a', 'h1')))
    view.apply(fact('a', 2, listed('a', 'h2')))
    expect(onGap).not.toHaveBeenCalled()
    view.apply(fact('a', 4, listed('a', 'h3')))
    expect(onGap).toHaveBeenCalledExactlyOnceWith('evt.registry.service.a', 3, 4)
  })
})
