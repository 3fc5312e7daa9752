/** Three servers, every stream on all of them: nothing acknowledged is lost, one winner in each race, no stale answer. */
import { newId, Refusal, VersionConflict } from '@gateway/kernel'
import { type NatsCluster, serverOrSkip, startNatsCluster } from '@gateway/testing'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Aggregate, handle, load } from '../handle.ts'
import type { ResolvedStream } from '../ports.ts'
import { pause } from '../retry.ts'
import { StreamFull } from '../stream-full.ts'
import { connectNats, type NatsBus } from './bus.ts'

type Rotate = { readonly type: 'Rotate'; readonly from: number }
type Rotated = { readonly type: 'Rotated'; readonly generation: number }

/** As a refresh token is: only the current generation is rotated, and only once. */
const family: Aggregate<{ readonly generation: number }, Rotate, Rotated> = {
  prefix: 'evt.cluster.family',
  decider: {
    initial: { generation: 0 },
    evolve: (_, { generation }) => ({ generation }),
    decide: ({ generation }, { from }) => {
      if (from !== generation) throw new Refusal('superseded')
      return [{ type: 'Rotated', generation: generation + 1 }]
    },
  },
  stateVersion: 1,
}
const STREAM: ResolvedStream = {
  name: 'EVT_FAMILIES',
  subjects: ['evt.cluster.family.*'],
  maxMessagesPerSubject: 16,
  discard: 'new',
  appendOnly: false,
  replicas: 3,
}

const cluster = await serverOrSkip('the bus over a cluster of nats-server 2.15', () => startNatsCluster())

describe.skipIf(!cluster)('a cluster of three nats-servers with R3 streams', () => {
  const { url, members } = cluster ?? { url: '', members: [] }
  const cluster3 = cluster as NatsCluster
  const buses: NatsBus[] = []

  async function connect(to = url): Promise<NatsBus> {
    const bus = await connectNats({
      url: to,
      name: 'cluster',
      streams: [STREAM],
      pingIntervalMs: 500,
      onFailure: () => undefined,
    })
    buses.push(bus)
    return bus
  }

  beforeEach(async () => {
    const bus = await connect()
    await bus.ensureStream(STREAM)
    await cluster3.current(STREAM.name)
  }, 60_000)
  afterEach(async () => {
    for (const member of members) await member.kill('SIGCONT')
    for (const bus of buses.splice(0)) await bus.close()
  }, 60_000)
  afterAll(() => cluster?.stop())

  const rotate = (bus: NatsBus, id: string, from: number) =>
    handle(bus, family, id, { type: 'Rotate', from }, { requestId: newId(), actor: 'user:1', at: 0 })

  it('lets one of fifty racers win, each time, and shows every connection what it left', async () => {
    const racers = await Promise.all([connect(), connect(), connect()])
    const id = newId()
    for (let generation = 0; generation < 12; generation++) {
      const race = Array.from({ length: 50 }, (_, n) => rotate(racers[n % 3] as NatsBus, id, generation))
      const outcomes = await Promise.allSettled(race)
      const won = outcomes.filter(({ status }) => status === 'fulfilled')
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
      expect(won).toHaveLength(1)
      expect(reasons.filter((reason) => !(reason instanceof Refusal))).toEqual([])
      for (const bus of racers) expect((await load(bus, family, id)).state).toEqual({ generation: generation + 1 })
    }
  }, 60_000)

  it('lets one of fifty appends at the same sequence win, told apart by their content', async () => {
    const racers = await Promise.all([connect(), connect(), connect()])
    for (let round = 0; round < 20; round++) {
      const subject = `evt.cluster.family.race${round}x${Date.now()}`
      const race = Array.from({ length: 50 }, (_, n) => (racers[n % 3] as NatsBus).append(subject, newId(), { n }, 0))
      const outcomes = await Promise.allSettled(race)
      const winners = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []))
      expect(winners).toHaveLength(1)
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
      expect(reasons.filter((reason) => !(reason instanceof VersionConflict))).toEqual([])
      for (const bus of racers) expect((await bus.last(subject))?.data).toEqual({ n: winners[0] })
    }
  }, 60_000)

  it('makes a stream once enough members are there, and asks again until then', async () => {
    const [there, ...absent] = members
    const bus = await connect(there?.url)
    for (const member of absent) await member.kill()
    const late = { ...STREAM, name: 'EVT_LATE', subjects: ['evt.cluster.late.*'] }
    const made = bus.ensureStream(late)
    try {
      await expect(Promise.race([made, pause(2_000)])).resolves.toBeUndefined()
    } finally {
      for (const member of absent) await member.restart()
    }
    // What was asked before, and not answered, may have been done.
    expect(['created', 'unchanged']).toContain(await made)
    expect(await bus.ensureStream(late)).toBe('unchanged')
  }, 60_000)

  it('says of a full stream that it is full', async () => {
    const [bus] = buses as [NatsBus]
    const small = { ...STREAM, name: 'EVT_SMALL', subjects: ['evt.cluster.small.*'], maxMessages: 1 }
    await bus.ensureStream(small)
    await vi.waitFor(() => bus.append('evt.cluster.small.a', newId(), 1, 0), { timeout: 10_000 })
    const refused = bus.append('evt.cluster.small.b', newId(), 1, 0)
    await expect(refused).rejects.toMatchObject({ cause: expect.any(StreamFull) })
  })

  /** Appends to one aggregate after another for as long as it lasts; what was acknowledged, by aggregate. */
  function appendSteadily(writers: readonly NatsBus[]) {
    const acknowledged = new Map<string, number>()
    const stale: string[] = []
    const ending = new AbortController()
    const work = async (bus: NatsBus, writer: number) => {
      for (let n = 0; !ending.signal.aborted; n++) {
        const id = `${writer}-${n % 5}`
        const before = acknowledged.get(id) ?? 0
        try {
          const known = (await load(bus, family, id)).state.generation
          if (known < before) stale.push(`${id}: ${known} after ${before}`)
          const { state } = await rotate(bus, id, known)
          acknowledged.set(id, Math.max(before, state.generation))
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    }
    const working = Promise.all(writers.map(work))
    const total = () => [...acknowledged.values()].reduce((sum, generation) => sum + generation, 0)
    const end = async () => {
      ending.abort()
      await working
    }
    return { acknowledged, stale, total, end }
  }

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'loses nothing acknowledged when the leader gets %s in the middle of appends',
    async (signal) => {
      const writers = await Promise.all([connect(), connect(), connect(), connect()])
      const run = appendSteadily(writers)
      await vi.waitFor(() => expect(run.total()).toBeGreaterThan(100), { timeout: 20_000 })
      const leader = await cluster3.leaderOf(STREAM.name)
      await leader.kill(signal)
      const before = run.total()
      await vi.waitFor(() => expect(run.total()).toBeGreaterThan(before + 100), { timeout: 30_000 })
      if (signal === 'SIGKILL') await leader.restart()
      else await leader.kill('SIGCONT')
      const then = run.total()
      await vi.waitFor(() => expect(run.total()).toBeGreaterThan(then + 100), { timeout: 30_000 })
      await run.end()
      expect(run.stale).toEqual([])
      await cluster3.current(STREAM.name)
      const reader = await connect()
      for (const [id, generation] of run.acknowledged) {
        // A write whose answer was lost may have been stored as well: never less than what was acknowledged.
        expect((await load(reader, family, id)).state.generation).toBeGreaterThanOrEqual(generation)
      }
    },
    120_000,
  )

  it('brings a wiped member up to date, and loses nothing when it leads afterwards', async () => {
    const [bus] = buses as [NatsBus]
    const ids = Array.from({ length: 50 }, () => newId())
    for (const id of ids) await rotate(bus, id, 0)
    const leader = await cluster3.leaderOf(STREAM.name)
    const wiped = members.find((member) => member !== leader)
    await wiped?.wipe()
    await cluster3.current(STREAM.name)
    await leader.kill()
    const reader = await connect()
    for (const id of ids) {
      await vi.waitFor(async () => expect((await load(reader, family, id)).state.generation).toBe(1), {
        timeout: 20_000,
      })
    }
    await leader.restart()
    await cluster3.current(STREAM.name)
  }, 120_000)
})

const old = await serverOrSkip('a cluster of nats-server 2.9', () => startNatsCluster({ version: '2.9' }))

describe.skipIf(!old)('a cluster of three nats-servers 2.9', () => {
  afterAll(() => old?.stop())

  it('is refused by bootstrap, and by every service that depends on a replicated stream', async () => {
    const options = { url: old?.url ?? '', name: 'old', streams: [STREAM] }
    const bus = await connectNats(options)
    await expect(bus.ensureStream(STREAM)).rejects.toThrow(
      'replicated streams need nats-server 2.12 or newer, this is 2.9',
    )
    await bus.ensureStream({ ...STREAM, replicas: 1 })
    await bus.close()
    const allowed = await connectNats({ ...options, dependsOn: [STREAM.name, 'EVT_NOT_THERE'] })
    await allowed.close()
    await replicateBehindOurBack(old?.url ?? '')
    await expect(connectNats({ ...options, dependsOn: [STREAM.name] })).rejects.toMatchObject({ name: 'Misconfigured' })
  }, 60_000)
})

async function replicateBehindOurBack(servers: string): Promise<void> {
  const { connect } = await import('nats')
  const admin = await connect({ servers: servers.split(',') })
  const manager = await admin.jetstreamManager()
  const { config } = await manager.streams.info(STREAM.name)
  await manager.streams.update(STREAM.name, { ...config, num_replicas: 3 })
  await admin.close()
}
