/** Commits of an earlier version, in streams that this one reads and appends to. */
import { type Bus, handle, load, subjectOf } from '@gateway/bus'
import { connectNats } from '@gateway/bus/nats'
import { aggregates, streams } from '@gateway/contracts'
import { provision, serverOrSkip, startNatsServer, testConfig, testDeps } from '@gateway/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { tokenFamilies } from './deps.ts'
import { FAMILY, rotatedV1, startedV1 } from './test-support/families-v1.ts'

const server = await serverOrSkip('old commits over nats-server', () => startNatsServer())

async function overNats(): Promise<Bus> {
  const bus = await connectNats({ url: server?.url ?? '', name: 'upcast', streams: Object.values(streams) })
  await provision(bus, testConfig())
  return bus
}

describe.each([
  ['the memory bus', true, async () => (await testDeps()).bus],
  ['nats-server', server !== undefined, overNats],
] as const)('an old commit in a stream of %s', (_, isThere, open) => {
  const subject = subjectOf(aggregates.tokenFamily, FAMILY)
  let bus: Bus | undefined

  afterAll(async () => {
    await bus?.close()
  })

  it.skipIf(!isThere)('is loaded, and appended to in the current shape', async () => {
    bus = await open()
    await bus.append(subject, startedV1.id, startedV1, 0)
    await bus.append(subject, rotatedV1.id, rotatedV1, (await bus.last(subject))?.sequence ?? 0)
    expect((await load(bus, tokenFamilies, FAMILY)).state).toEqual({ ...rotatedV1.state, started_by: null })

    const command = { type: 'EndFamily', reason: 'operator_request', at: 1767229300000 } as const
    const context = { requestId: 'request-3', actor: 'operator', at: command.at }
    expect(await handle(bus, tokenFamilies, FAMILY, command, context)).toMatchObject({ version: 3 })
    expect((await bus.last(subject))?.data).toMatchObject({
      version: 3,
      stateVersion: 2,
      state: { status: 'revoked', started_by: null, reason: 'operator_request' },
    })
  })

  it.skipIf(!isThere)('of a newer version is refused, by its place', async () => {
    const newer = { ...rotatedV1, id: 'newer.q2U7xLbW-0', version: 4, stateVersion: 3 }
    await bus?.append(subject, newer.id, newer, (await bus.last(subject))?.sequence ?? 0)
    await expect(load(bus as Bus, tokenFamilies, FAMILY)).rejects.toMatchObject({
      dependency: 'bus',
      cause: { message: `${subject}: state version 3, and only 2 and older are known here` },
    })
  })
})

afterAll(() => server?.stop())
