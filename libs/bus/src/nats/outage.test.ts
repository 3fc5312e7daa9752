import { Misconfigured, Unavailable } from '@gateway/kernel'
import { type NatsServer, serverOrSkip, startNatsServer } from '@gateway/testing'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, pauseMs } from '../contract/under-test.ts'
import type { FailurePlace } from '../ports.ts'
import { connectNats, type NatsBus } from './bus.ts'

const found = await serverOrSkip('the bus in outages', () => startNatsServer())

describe.skipIf(!found?.ours)('outages of nats-server', () => {
  const server = found as NatsServer
  const failures: { error: unknown; at: FailurePlace }[] = []
  const stream = {
    name: 'EVT_OUTAGE',
    subjects: ['evt.outage.*'],
    discard: 'new',
    appendOnly: false,
    replicas: 1,
  } as const
  const source = { stream: stream.name, subject: 'evt.outage.a' }
  let bus: NatsBus
  let sent = 0

  const open = () =>
    connectNats({
      url: server.url,
      name: 'outage',
      streams: [stream],
      pingIntervalMs: 100,
      onFailure: (error, at) => failures.push({ error, at }),
    })
  const publish = async (count: number) => {
    for (let n = 0; n < count; n++) await bus.publish('evt.outage.a', `e${sent}`, sent++)
  }
  const context = (timeoutMs = 5_000) => ({ requestId: 'r1', deadline: Date.now() + timeoutMs })
  const up = () => eventually(() => expect(bus.status()).toBe('up'))
  const recorder = () => {
    const seen: unknown[] = []
    return {
      seen,
      reset: () => void (seen.length = 0),
      apply: (message: { data: unknown }) => void seen.push(message.data),
    }
  }

  beforeEach(async () => {
    bus = await open()
    await bus.ensureStream(stream)
    await bus.ensureDurable({ stream: stream.name, name: 'outage--durable', subject: 'evt.outage.a', ackWaitMs: 1_000 })
    failures.length = 0
  })
  afterEach(async () => {
    await bus.close()
  })
  afterAll(async () => {
    await server?.stop()
  })

  it('answers at once while it is down, and works again afterwards', async () => {
    await bus.serve('req.outage.echo', 'outage', async (data) => data)
    await server.kill()
    await eventually(() => expect(bus.status()).toBe('down'))
    const startedAt = performance.now()
    await expect(bus.request('req.outage.echo', 1, context())).rejects.toBeInstanceOf(Unavailable)
    await expect(bus.append('evt.outage.x', 'r1.0', 1, 0)).rejects.toBeInstanceOf(Unavailable)
    await expect(bus.last('evt.outage.x')).rejects.toBeInstanceOf(Unavailable)
    await expect(bus.publish('evt.outage.x', 'e', 1)).rejects.toBeInstanceOf(Unavailable)
    await expect(bus.ensureStream(stream)).rejects.toBeInstanceOf(Unavailable)
    expect(performance.now() - startedAt).toBeLessThan(50)
    expect(failures.map((failure) => failure.at.activity)).toEqual(['connect'])
    await server.restart()
    await up()
    expect(await bus.request('req.outage.echo', 'again', context())).toBe('again')
  })

  it('fails at once what waits for an answer when the connection is lost', async () => {
    await bus.serve('req.outage.slow', 'outage', () => new Promise(() => undefined))
    const asking = bus.request('req.outage.slow', 1, context(30_000)).catch((error: unknown) => error)
    await pauseMs(50)
    await server.kill()
    expect(await asking).toBeInstanceOf(Unavailable)
    await server.restart()
    await up()
  })

  it('notices a server that is frozen', async () => {
    await server.kill('SIGSTOP')
    await eventually(() => expect(bus.status()).toBe('down'), 3_000)
    await server.kill('SIGCONT')
    await up()
    expect(await bus.last('evt.outage.nothing')).toBeUndefined()
  })

  it('stores once what it had to send twice, because the first answer did not come in time', async () => {
    const patient = await connectNats({ url: server.url, name: 'patient', streams: [stream] })
    const { sequence } = await patient.append('evt.outage.once', 'r1.0', 1, 0)
    await server.kill('SIGSTOP')
    const appending = patient.append('evt.outage.once', 'r2.0', 2, sequence)
    await pauseMs(2_300)
    await server.kill('SIGCONT')
    expect(await appending).toEqual({ sequence: sequence + 1 })
    expect(await patient.append('evt.outage.once', 'r3.0', 3, sequence + 1)).toEqual({ sequence: sequence + 2 })
    await patient.close()
    await up()
  })

  it('resumes projections and consumers by themselves, without gap', async () => {
    const view = recorder()
    const consumed: unknown[] = []
    const projection = await bus.project(source, view)
    const consuming = await bus.consume({ stream: stream.name, name: 'outage--durable' }, async ({ data }) => {
      consumed.push(data)
    })
    await publish(20)
    await eventually(() => expect(view.seen).toHaveLength(sent))
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await server.kill(signal)
      await pauseMs(200)
      await server.restart()
      await up()
      await publish(20)
      const all = Array.from({ length: sent }, (_, n) => n)
      await eventually(() => expect(view.seen).toEqual(all))
      await eventually(() => expect(new Set(consumed)).toEqual(new Set(all)))
    }
    expect(projection.lag()).toBe(0)
    await Promise.all([projection.stop(), consuming.stop()])
  })

  it('stops readers while the server is away', async () => {
    const projection = await bus.project(source, recorder())
    const consuming = await bus.consume({ stream: stream.name, name: 'outage--durable' }, async () => undefined)
    await projection.caughtUp
    await server.kill()
    await eventually(() => expect(bus.status()).toBe('down'))
    const startedAt = performance.now()
    await Promise.all([projection.stop(), consuming.stop()])
    await bus.close()
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(bus.status()).toBe('closed')
    await server.restart()
  })

  it('waits at its start for a server that is not there yet', async () => {
    await server.kill()
    const opening = open()
    await pauseMs(300)
    await server.restart()
    const late = await opening
    expect(late.status()).toBe('up')
    expect(failures).toContainEqual({ error: expect.any(Unavailable), at: { activity: 'connect', of: 'outage' } })
    await late.close()
  })

  it.each(['http://localhost:4222', 'localhost', 'nats://user:password@host:4222', ''])(
    'takes no address %j',
    async (url) => {
      await expect(connectNats({ url, name: 'outage', streams: [] })).rejects.toBeInstanceOf(Misconfigured)
    },
  )
})
