/** The real publisher into a real stream, 5,000 events a second: every one of them is there, through an outage as well. */
import { setTimeout as pause } from 'node:timers/promises'
import { connectNats } from '@gateway/bus/nats'
import { type AuditCloudEvent, streams } from '@gateway/contracts'
import { systemClock } from '@gateway/kernel'
import { createAudit, createMetrics } from '@gateway/service'
import { type NatsServer, provision, startNatsServer, testConfig } from '@gateway/testing'
import { connect } from 'nats'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'

const PER_SECOND = 5_000
const TICK_MS = 10

async function opened() {
  const nats = await startNatsServer()
  onTestFinished(() => nats.stop())
  const bus = await connectNats({
    url: nats.url,
    name: 'proxy',
    streams: Object.values(streams),
    onFailure: () => undefined,
  })
  onTestFinished(() => bus.close())
  const config = testConfig()
  await provision(bus, config)
  const metrics = createMetrics('proxy')
  const audit = createAudit('proxy', { config, bus, clock: systemClock, log: pino({ level: 'silent' }), metrics })
  return { nats, audit, metrics }
}

/** Records at a steady pace, catching up where the machine was busy; how many were recorded. */
async function record(audit: ReturnType<typeof createAudit>, seconds: number): Promise<number> {
  const startedAt = performance.now()
  let recorded = 0
  while (recorded < PER_SECOND * seconds) {
    const due = Math.min(PER_SECOND * seconds, ((performance.now() - startedAt) / 1_000) * PER_SECOND)
    for (; recorded < due; recorded++) {
      audit.record('audit.mcp.request', { decision: 'allowed', sub: `user:${recorded % 997}`, status: recorded })
    }
    await pause(TICK_MS)
  }
  console.log(`recorded ${recorded} events in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  return recorded
}

/** Those that tell of calls, and what was lost according to the others. */
async function stored({ url }: NatsServer): Promise<{ readonly calls: readonly number[]; readonly lost: number }> {
  const nc = await connect({ servers: url })
  const calls: number[] = []
  let lost = 0
  const { state } = await (await nc.jetstreamManager()).streams.info(streams.audit.name)
  const consumer = await nc.jetstream().consumers.get(streams.audit.name)
  for await (const message of await consumer.consume({ max_messages: 1_000 })) {
    const { type, data } = message.json<AuditCloudEvent>()
    if (type === 'audit.mcp.request') calls.push(data.status ?? -1)
    else lost += Number.parseInt(data.reason ?? '', 10)
    if (message.seq >= state.last_seq) break
  }
  await nc.close()
  return { calls, lost }
}

describe('5,000 audit events a second', () => {
  it('are all in the stream, once', async () => {
    const { nats, audit } = await opened()
    const recorded = await record(audit, 4)
    await audit.close()
    const { calls, lost } = await stored(nats)
    expect([calls.length, new Set(calls).size, lost]).toEqual([recorded, recorded, 0])
  })

  it('survive a server that is killed and started again: what its buffer could not hold is counted', async () => {
    const { nats, audit, metrics } = await opened()
    const recording = record(audit, 5)
    await pause(1_000)
    await nats.kill('SIGKILL')
    await pause(500)
    await nats.restart()
    const recorded = await recording
    const left = async () => (await metrics.getSingleMetric('gateway_audit_buffered')?.get())?.values[0]?.value
    await expect.poll(left, { timeout: 20_000 }).toBe(0)
    await audit.close()
    const { calls, lost } = await stored(nats)
    console.log(`killed for half a second: ${calls.length} stored, ${lost} reported as lost`)
    expect([calls.length + lost, new Set(calls).size]).toEqual([recorded, calls.length])
  })
})
