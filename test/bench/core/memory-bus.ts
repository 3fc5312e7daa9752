/** What a question costs within one process. */
import { memoryBus } from '@gateway/bus/memory'
import { newId, systemClock } from '@gateway/kernel'
import { measure, median, table, whole } from './measure.ts'

const REQUESTS = 50_000
const ROUNDS = 5
const SUBJECT = 'req.bench.echo'
const QUESTION = {
  family: 'n4bQgYhMfWWaL-qgxVrQFa',
  client_id: 'TxsrC4Is0V1sFbDwCgg2aA',
  scopes: ['read', 'calculate'],
}

export async function measureMemoryBus(): Promise<string> {
  const bus = memoryBus({ clock: systemClock })
  await bus.serve(SUBJECT, 'bench', async (data) => data)
  const requestId = newId()
  const ask = () => bus.request(SUBJECT, QUESTION, { requestId, deadline: Date.now() + 3_000 })
  const rounds = []
  for (let round = 0; round <= ROUNDS; round++) {
    const figures = await measure(REQUESTS, 1, ask)
    if (round > 0) rounds.push(figures)
  }
  const { p50, p99, perSecond } = median(rounds)
  await bus.close()
  const head = ['a question on the memory bus', 'p50 µs', 'p99 µs', 'per second']
  return `${table(head, [['one at a time', (p50 * 1_000).toFixed(1), (p99 * 1_000).toFixed(1), whole(perSecond)]])}\n\nGoal: 20 µs at the median. Medians of ${ROUNDS} rounds of ${whole(REQUESTS)}.`
}
