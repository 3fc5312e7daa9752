import { memoryBus } from '@gateway/bus/memory'
import { durables, streams } from '@gateway/contracts'
import { testConfig } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { lifetimesOf, type Provision, provision } from './streams.ts'

async function outcomes(bus: ReturnType<typeof memoryBus>, config = testConfig(), check = false) {
  const all: Provision[] = []
  for await (const one of provision(bus, config, { check })) all.push(one)
  return all
}

describe('provisioning', () => {
  it('creates every stream of the contracts, then every durable, and nothing the second time', async () => {
    const bus = memoryBus()
    const first = await outcomes(bus)
    expect(first.map(({ name }) => name)).toEqual([
      ...Object.values(streams).map((stream) => stream.name),
      ...Object.values(durables).map((durable) => `${durable.stream}/${durable.name}`),
    ])
    expect(new Set(first.map(({ outcome }) => outcome))).toEqual(new Set(['created']))
    expect(new Set((await outcomes(bus)).map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']))
  })

  it('changes nothing with check, and says what it would do', async () => {
    const bus = memoryBus()
    await outcomes(bus)
    const longer = testConfig({ tokens: { access_ttl_seconds: 7_200 } })
    for (let time = 0; time < 2; time++) {
      const differing = (await outcomes(bus, longer, true)).filter(({ outcome }) => outcome !== 'unchanged')
      expect(differing).toEqual([{ kind: 'stream', name: 'EVT_REVOCATIONS', outcome: 'updated' }])
    }
  })

  it('keeps revocations longer than the tokens that they revoke', () => {
    const lives = lifetimesOf(testConfig())
    expect(streams.revocations.maxAgeSeconds(lives)).toBeGreaterThan(lives.accessTtlSeconds)
    expect(lives).toMatchObject({
      accessTtlSeconds: 3_600,
      refreshMaxSeconds: 31_536_000,
      auditMaxAgeSeconds: 34_560_000,
    })
  })
})
