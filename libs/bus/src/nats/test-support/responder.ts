/** A responder that the tests run in a process of its own, to freeze it: it counts by the command handling of services. */
import type { Operation } from '@gateway/kernel'
import { type Aggregate, handle } from '../../handle.ts'
import { serve } from '../../operations.ts'
import type { ResolvedStream } from '../../ports.ts'
import { connectNats, type NatsBus } from '../bus.ts'

export const STREAM: ResolvedStream = {
  name: 'EVT_COUNTERS',
  subjects: ['evt.frozen.counter.*'],
  discard: 'new',
  appendOnly: false,
  replicas: 1,
}

export const counter: Aggregate<number, 'Count', 'Counted'> = {
  prefix: 'evt.frozen.counter',
  decider: { initial: 0, evolve: (total) => total + 1, decide: () => ['Counted'] },
  stateVersion: 1,
}

interface Counted {
  readonly total: number
  /** The process that counted. */
  readonly pid: number
}

export const count: Operation<{ readonly id: string }, Counted> = {
  subject: 'req.frozen.count',
  service: 'frozen',
  timeoutMs: 400,
  input: { parse: (value) => value as { id: string } },
  output: { parse: (value) => value as Counted },
}

export async function respond(url: string, onHandled: (requestId: string) => void = () => undefined): Promise<NatsBus> {
  const bus = await connectNats({ url, name: 'frozen', streams: [STREAM], onFailure: () => undefined })
  await serve(bus, count, Date.now, async ({ id }, { requestId }) => {
    onHandled(requestId)
    const { state } = await handle(bus, counter, id, 'Count', { requestId, actor: 'operator', at: Date.now() })
    return { total: state, pid: process.pid }
  })
  return bus
}
