import type { Service } from '@gateway/contracts'
import { specification } from '@gateway/testing'
import { describe, it } from 'vitest'
import { type ServiceEvent, service } from './service.ts'

const calculator: Service = {
  id: 'calculator',
  name: 'Calculator',
  url: 'http://localhost:3001/mcp',
  auth_required: true,
  scopes: ['read'],
  require_scopes: 'any',
  timeout: 30_000,
}
const slower: Service = { ...calculator, timeout: 60_000 }
const listed: ServiceEvent = { type: 'ServiceListed', service: calculator, source: 'h1' }
const removed: ServiceEvent = { type: 'ServiceRemoved', id: 'calculator', source: 'h2' }
const given = specification(service)

describe('a service of the catalogue', () => {
  it('is listed with the catalogue that says so', () => {
    given().when({ type: 'ListService', service: calculator, source: 'h1' }).then(listed)
  })

  it('is listed again when it changed, and only then', () => {
    given(listed).when({ type: 'ListService', service: calculator, source: 'h2' }).then()
    given(listed)
      .when({ type: 'ListService', service: slower, source: 'h2' })
      .then({ type: 'ServiceListed', service: slower, source: 'h2' })
  })

  it('is removed once', () => {
    given(listed).when({ type: 'RemoveService', source: 'h2' }).then(removed)
    given(listed, removed).when({ type: 'RemoveService', source: 'h2' }).then()
    given().when({ type: 'RemoveService', source: 'h2' }).then()
  })

  it('may come back', () => {
    given(listed, removed)
      .when({ type: 'ListService', service: calculator, source: 'h3' })
      .then({ type: 'ServiceListed', service: calculator, source: 'h3' })
  })
})
