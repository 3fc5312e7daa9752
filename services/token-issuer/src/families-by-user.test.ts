import { type Bus, handle } from '@gateway/bus'
import type { TokenFamilyState } from '@gateway/contracts'
import { fold, newId } from '@gateway/kernel'
import { memoryStore } from '@gateway/store'
import { testDeps } from '@gateway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { tokenFamilies } from './deps.ts'
import type { TokenFamilyEvent } from './domain/token-family.ts'
import { FamiliesByUser } from './families-by-user.ts'

const sub = 'custom:alice'
const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}`.padEnd(22, 'F'))
const started = (family: string): TokenFamilyEvent => ({
  type: 'FamilyStarted',
  family,
  sub,
  client_id: 'client-a',
  resource: 'http://localhost:8080/calculator/mcp',
  scopes: ['read'],
  auth_time: 0,
  refreshable: true,
  at: 0,
})
const ended: TokenFamilyEvent = { type: 'FamilyRevoked', reason: 'operator_request', at: 1 }
const stateOf = (...events: TokenFamilyEvent[]): TokenFamilyState => fold(tokenFamilies.decider, events)

let deps: Awaited<ReturnType<typeof testDeps>>
let store: ReturnType<typeof memoryStore>

beforeEach(async () => {
  deps = await testDeps()
  store = memoryStore({ clock: deps.clock })
})

const index = (bus: Bus = deps.bus) => new FamiliesByUser({ bus, store, familyLifeMs: 86_400_000 })

function withProject(project: Bus['project']): Bus {
  return new Proxy(deps.bus, {
    get: (target, name: keyof Bus) => (name === 'project' ? project : target[name].bind(target)),
  })
}

/** Into the stream, as the use cases do. */
async function decide(family: string, type: 'StartFamily' | 'EndFamily') {
  const { type: _, ...grant } = started(family) as Extract<TokenFamilyEvent, { type: 'FamilyStarted' }>
  const requestId = newId()
  const command =
    type === 'StartFamily'
      ? { ...grant, type, started_by: requestId }
      : ({ type, reason: 'operator_request', at: 1 } as const)
  await handle(deps.bus, tokenFamilies, family, command, { requestId, actor: 'operator', at: 1 })
}

describe('the index of families by user', () => {
  it('knows every family, however many replicas learn of them at once', async () => {
    const [one, two] = [index(), index()]
    const families = names(20)
    await Promise.all(
      families.map((family, count) => (count % 2 === 0 ? one : two).project(stateOf(started(family)), 1)),
    )
    expect((await index().of(sub)).toSorted()).toEqual(families.toSorted())
  })

  it('forgets a revoked family, and does not lose what is told twice', async () => {
    const families = index()
    const [one = '', two = ''] = names(2)
    await families.project(stateOf(started(one)), 1)
    await families.project(stateOf(started(two)), 1)
    await families.project(stateOf(started(one), ended), 2)
    await families.project(stateOf(started(two)), 1)
    expect(await families.of(sub)).toEqual([two])
  })

  it('is built from the stream, with what lives in it', async () => {
    const [one = '', two = ''] = names(2)
    await decide(one, 'StartFamily')
    await decide(two, 'StartFamily')
    await decide(one, 'EndFamily')
    expect(await index().of(sub)).toEqual([two])
  })

  it('is read from the stream once, however many ask', async () => {
    let read = 0
    const project: Bus['project'] = (source, view) => {
      read++
      return deps.bus.project(source, view)
    }
    const counting = withProject(project)
    const families = index(counting)
    await Promise.all(Array.from({ length: 10 }, () => families.of(sub)))
    await families.of('custom:bob')
    await index(counting).of(sub)
    expect(read).toBe(1)
  })

  it('is built again when the store was wiped while it was being built', async () => {
    const [family = ''] = names(1)
    await decide(family, 'StartFamily')
    let read = 0
    const project: Bus['project'] = async (source, view) => {
      read++
      const projection = await deps.bus.project(source, view)
      if (read === 1) for (const key of (await store.list('')).keys) await store.delete(key)
      return projection
    }
    const families = index(withProject(project))
    expect(await families.of(sub)).toEqual([family])
    expect(read).toBe(2)
    await families.of(sub)
    expect(read).toBe(2)
  })
})
