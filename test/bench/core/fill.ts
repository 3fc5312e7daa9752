/** Streams filled quickly: no acknowledgement is waited for but one in a while, and one at the end. */
import { headers, type NatsConnection } from 'nats'

const BATCH = 2_000

/** One message for each of `count` subjects. @throws when the stream does not hold them all in the end */
export async function fill(
  nc: NatsConnection,
  stream: string,
  count: number,
  message: (index: number) => { readonly subject: string; readonly id: string; readonly data: unknown },
): Promise<void> {
  const manager = await nc.jetstreamManager({ timeout: 30_000 })
  const { state: before } = await manager.streams.info(stream)
  for (let index = 0; index < count; index++) {
    const { subject, id, data } = message(index)
    const own = headers()
    own.set('Nats-Msg-Id', id)
    const payload = JSON.stringify(data)
    if (index % BATCH === BATCH - 1 || index === count - 1) {
      await nc.request(subject, payload, { headers: own, timeout: 30_000 })
    } else nc.publish(subject, payload, { headers: own })
  }
  const { state } = await manager.streams.info(stream)
  const stored = state.messages - before.messages
  if (stored !== count) throw new Error(`${stream} holds ${stored} of ${count}`)
}
