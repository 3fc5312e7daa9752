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

/** The same, which may be asked again: a repeat under one request id counts once. */
export const countSurely: Operation<{ readonly id: string; readonly inChild?: Trouble }, Counted> = {
  ...count,
  subject: 'req.frozen.count-surely',
  timeoutMs: 9_000,
  askAgainAfterMs: 600,
}
/** What befalls the process of its own: before it has counted, or after, with the answer in hand. */
export type Trouble = 'frozen before' | 'frozen after' | 'killed after' | 'slow'

async function befall(trouble: Trouble | undefined, at: 'before' | 'after'): Promise<void> {
  if (trouble === 'slow' && at === 'before') await new Promise((resolve) => setTimeout(resolve, 2_500))
  if (trouble === `frozen ${at}`) process.kill(process.pid, 'SIGSTOP')
  if (trouble === `killed ${at}`) process.kill(process.pid, 'SIGKILL')
}

export async function respond(
  url: string,
  onHandled: (requestId: string) => void = () => undefined,
  isChild = false,
): Promise<NatsBus> {
  const bus = await connectNats({ url, name: 'frozen', streams: [STREAM], onFailure: () => undefined })
  const answer = async (id: string, requestId: string) => {
    onHandled(requestId)
    const { state } = await handle(bus, counter, id, 'Count', { requestId, actor: 'operator', at: Date.now() })
    return { total: state, pid: process.pid }
  }
  await serve(bus, count, Date.now, ({ id }, { requestId }) => answer(id, requestId))
  await serve(bus, countSurely, Date.now, async ({ id, inChild }, { requestId }) => {
    const trouble = isChild ? inChild : undefined
    await befall(trouble, 'before')
    const counted = await answer(id, requestId)
    await befall(trouble, 'after')
    return counted
  })
  return bus
}
