/** ARCHITECTURE.md names every subject, stream and consumer that the contracts define, and none that they do not. */
import { readFileSync } from 'node:fs'
import { access, aggregates, durables, streams } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { ROOT } from './tree.ts'

const map = readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8')
const named = (pattern: RegExp) => [...new Set([...map.matchAll(pattern)].map((match) => match[1] ?? ''))].toSorted()
const served = Object.values(access).flatMap((service) => service.serves.map((operation) => operation.subject))

describe('ARCHITECTURE.md', () => {
  it('names every question', () => {
    expect(named(/`(req\.[a-z-]+\.[a-z-]+)`/g)).toEqual([...served].toSorted())
  })

  it('names every stream', () => {
    expect(named(/\| `(EVT_[A-Z_]+|AUDIT|PARKED)` +\|/g)).toEqual(
      Object.values(streams)
        .map((stream) => stream.name)
        .toSorted(),
    )
  })

  it('names every aggregate', () => {
    const facts = named(/`(evt\.[a-z-]+\.[a-z-]+)\.<key>`/g)
    expect(facts).toEqual(Object.values(aggregates).toSorted())
  })

  it('names every durable consumer', () => {
    const consumers = named(/`([a-z-]+--[a-z-]+)`/g)
    expect(consumers).toEqual(
      Object.values(durables)
        .map((durable) => durable.name)
        .toSorted(),
    )
  })
})

describe('the table of who may do what', () => {
  it('has every question asked of a service answered by that service', () => {
    const asked = Object.values(access).flatMap((service) => service.calls.map((operation) => operation.subject))
    expect(asked.filter((subject) => !served.includes(subject))).toEqual([])
  })

  it('gives every aggregate and every durable consumer exactly one owner', () => {
    const owned = Object.values(access).flatMap((service) => service.owns)
    expect([...owned].toSorted()).toEqual([...Object.values(aggregates), 'evt.token-issuer.revocation'].toSorted())
    const consumed = Object.values(access).flatMap((service) => service.consumes.map((durable) => durable.name))
    expect([...consumed].toSorted()).toEqual(
      Object.values(durables)
        .map((durable) => durable.name)
        .toSorted(),
    )
  })
})
