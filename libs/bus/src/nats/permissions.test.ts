import { Misconfigured, Secret, Unavailable } from '@gateway/kernel'
import { serverOrSkip, startNatsServer } from '@gateway/testing'
import { nkeys } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../contract/under-test.ts'
import { connectNats, type NatsBus } from './bus.ts'

const stream = { name: 'EVT_OWN', subjects: ['evt.own.*'], discard: 'new', appendOnly: false, replicas: 1 } as const
const foreign = { ...stream, name: 'EVT_FOREIGN', subjects: ['evt.foreign.*'] }

const bootstrap = nkeys.createUser()
const service = nkeys.createUser()

/** One service as `infra` allows it: its own facts, its own operations in its own queue, its own inbox. */
const config = `
authorization { users: [
  { nkey: ${bootstrap.getPublicKey()} }
  { nkey: ${service.getPublicKey()}
    permissions: {
      publish: { allow: [
        "evt.own.*", "req.own.>"
        "$JS.API.STREAM.INFO.EVT_OWN", "$JS.API.STREAM.MSG.GET.EVT_OWN"
        "$JS.API.CONSUMER.CREATE.EVT_OWN.*.evt.own.*"
        "$JS.API.CONSUMER.INFO.EVT_OWN.*", "$JS.API.CONSUMER.MSG.NEXT.EVT_OWN.*", "$JS.API.CONSUMER.DELETE.EVT_OWN.*"
        "$JS.ACK.EVT_OWN.>", "$JS.ACK.*.*.EVT_OWN.>"
      ] }
      subscribe: { allow: [ "_INBOX_own.>", "req.own.> own" ] }
      allow_responses: { max: 20, expires: "30s" }
  } }
] }`

const server = await serverOrSkip('the bus under permissions', () => startNatsServer({ config }))

describe.skipIf(!server?.ours)('a service with an allow-list', () => {
  const url = server?.url ?? ''
  const failures: unknown[] = []
  const seedOf = (key: typeof service) => new Secret(new TextDecoder().decode(key.getSeed()))
  let admin: NatsBus
  let bus: NatsBus

  beforeAll(async () => {
    admin = await connectNats({ url, name: 'bootstrap', streams: [], nkeySeed: seedOf(bootstrap) })
    await admin.ensureStream(stream)
    await admin.ensureStream(foreign)
    await admin.ensureDurable({ stream: stream.name, name: 'own--durable', ackWaitMs: 1_000 })
    bus = await connectNats({
      url,
      name: 'own',
      streams: [stream, foreign],
      nkeySeed: seedOf(service),
      inboxPrefix: '_INBOX_own',
      onFailure: (error) => failures.push(error),
    })
  })
  afterAll(async () => {
    await bus?.close()
    await admin?.close()
    await server?.stop()
  })

  it('needs no more than this for all that a service does', async () => {
    await bus.append('evt.own.a', 'r1.0', 1, 0)
    expect(await bus.last('evt.own.a')).toMatchObject({ data: 1 })
    const serving = await bus.serve('req.own.do-it', 'own', async (data) => data)
    expect(await bus.request('req.own.do-it', 'asked', { requestId: 'r1', deadline: Date.now() + 2_000 })).toBe('asked')
    const seen: unknown[] = []
    const apply = (message: { data: unknown }) => void seen.push(message.data)
    const projection = await bus.project(
      { stream: stream.name, subject: 'evt.own.*' },
      { reset: () => undefined, apply },
    )
    await projection.caughtUp
    const consuming = await bus.consume({ stream: stream.name, name: 'own--durable' }, async (message) =>
      apply(message),
    )
    await eventually(() => expect(seen).toEqual([1, 1]))
    await Promise.all([projection.stop(), consuming.stop(), serving.stop()])
    expect(failures).toEqual([])
  })

  it('may say that it works on a question before it answers it', async () => {
    let asked = 0
    const serving = await bus.serve('req.own.slow', 'own', async () => {
      asked += 1
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      return 'done'
    })
    const context = { requestId: 'r2', deadline: Date.now() + 5_000, askAgainAfterMs: 450 }
    expect(await admin.request('req.own.slow', {}, context)).toBe('done')
    expect(asked).toBe(1)
    await serving.stop()
    expect(failures).toEqual([])
  })

  it('is told at once what it may not append, read or serve', async () => {
    const startedAt = performance.now()
    await expect(bus.append('evt.foreign.a', 'r1.0', 1, 0)).rejects.toBeInstanceOf(Misconfigured)
    await expect(bus.last('evt.foreign.a')).rejects.toBeInstanceOf(Misconfigured)
    await expect(bus.request('req.other.do-it', 1, { requestId: 'r', deadline: Date.now() + 9_000 })).rejects.toThrow(
      'nats: this key has no permission for "req.other.do-it"',
    )
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    failures.length = 0
    await bus.serve('req.own.do-it', 'another-queue', async () => 1)
    await eventually(() => expect(failures).toContainEqual(expect.any(Misconfigured)))
  })

  it('reports a projection that it may not read, and nothing is applied', async () => {
    failures.length = 0
    const projection = await bus.project(
      { stream: foreign.name, subject: 'evt.foreign.*' },
      { reset: () => undefined, apply: () => undefined },
    )
    await eventually(() => expect(failures).toContainEqual(expect.any(Misconfigured)))
    expect(projection.lag()).toBe(Number.POSITIVE_INFINITY)
    await projection.stop()
    await expect(projection.caughtUp).rejects.toBeInstanceOf(Unavailable)
  })

  it('fails its start with a key that the server does not know', async () => {
    const unknown = connectNats({ url, name: 'own', streams: [], nkeySeed: seedOf(nkeys.createUser()) })
    await expect(unknown).rejects.toThrow('nats: the server refuses the key of own')
    await expect(connectNats({ url, name: 'own', streams: [] })).rejects.toBeInstanceOf(Misconfigured)
  })

  it('fails its start with what is no seed at all', async () => {
    const malformed = connectNats({ url, name: 'own', streams: [], nkeySeed: new Secret('not a seed') })
    await expect(malformed).rejects.toBeInstanceOf(Misconfigured)
  })
})
