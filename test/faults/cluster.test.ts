/** Two replicas of each service over three nats-servers with three copies of each stream, under load. */

import { streams } from '@gateway/contracts'
import { startNatsCluster, startRedisServer } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { deploy } from '../e2e/stack/five-processes.ts'
import { type Fault, faults } from './faults.ts'
import { isLong, LIMITS, report, sceneOfSuite } from './scene.ts'
import { attempt } from './trial.ts'

const FAMILIES = streams.tokenFamilies.name

const start = () =>
  deploy({
    replicas: 2,
    nats: (config) => startNatsCluster({ config }),
    store: () => startRedisServer(),
    configuration: (nats, redis) => `
nats: { url: "${nats.url}", replicas: 3 }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${redis.port} } }
${LIMITS}`,
  })

describe('under load, over three nats-servers with R3 streams', () => {
  const kinds = isLong ? faults(5_000, 10_000) : faults(1_500, 3_000)
  const on = sceneOfSuite('faults of a cluster', start)

  const everywhere = async () => {
    for (const { name } of Object.values(streams)) await on.stack.nats.current(name)
  }

  async function breakLeader(fault: Fault): Promise<readonly string[]> {
    const leader = await on.stack.nats.leaderOf(FAMILIES)
    const result = await attempt(on.scene, { name: `leader of ${FAMILIES}`, process: leader, networks: [] }, fault)
    report(result)
    await everywhere()
    return result.problems
  }

  it('loses nothing when the leader of the families is killed', async () => {
    expect(await breakLeader(kinds.killed)).toEqual([])
  })

  it.runIf(isLong)('loses nothing when the leader of the families is frozen', async () => {
    expect(await breakLeader(kinds.frozen)).toEqual([])
  })

  it.runIf(isLong)('has everything on a server that was wiped, once it has rejoined', async () => {
    const wiped = await on.stack.nats.leaderOf(FAMILIES)
    const wipe: Fault = { name: 'wiped, and rejoins', lastsMs: 0, inject: () => wiped.wipe(), heal: everywhere }
    expect(await breakLeader(wipe)).toEqual([])
    // What it answers with now is what the others gave back to it.
    for (const member of on.stack.nats.members) {
      if (member === wiped) continue
      await member.restart()
      await everywhere()
    }
    expect(await breakLeader(kinds.killed)).toEqual([])
  })
})
