/** Streams on several servers are safe from nats-server 2.12 on; older clusters let several racers win, or acknowledge what they do not store. */
import { Misconfigured } from '@gateway/kernel'
import type { FailureListener } from '../ports.ts'
import { pause, retryDelayMs } from '../retry.ts'
import type { Connection } from './connection.ts'
import { api, apiCodeOf, fromDriver } from './errors.ts'

const OLDEST = [2, 12] as const
const RETRY_MS_MAX = 2_000

/** @throws Misconfigured */
export function assertReplicable(connection: Connection, replicas: number): void {
  if (replicas === 1 || isSafe(connection)) return
  const version = connection.nc.info?.version ?? 'of an unknown version'
  throw new Misconfigured([
    `nats: replicated streams need nats-server ${OLDEST.join('.')} or newer, this is ${version}`,
  ])
}

/**
 * Looks at what an older server holds already, and waits until it can. What is not there (yet) is `gateway bootstrap`'s to
 * refuse. @throws Misconfigured
 */
export async function assertStreamsSafe(
  connection: Connection,
  streams: readonly string[],
  onFailure: FailureListener,
): Promise<void> {
  if (isSafe(connection)) return
  for (const stream of streams) {
    for (let failures = 1; connection.status() !== 'closed'; failures++) {
      try {
        assertReplicable(connection, await replicasOf(connection, stream))
        break
      } catch (error) {
        const translated = fromDriver(error)
        if (translated.name !== 'Unavailable') throw translated
        onFailure(translated, { activity: 'connect', of: connection.name })
        await pause(retryDelayMs(failures, RETRY_MS_MAX))
      }
    }
  }
}

async function replicasOf(connection: Connection, stream: string): Promise<number> {
  const manager = await connection.manager()
  try {
    return (await manager.streams.info(stream)).config.num_replicas
  } catch (error) {
    if (apiCodeOf(error) === api.streamNotFound) return 1
    throw error
  }
}

function isSafe({ nc }: Connection): boolean {
  const [major = 0, minor = 0] = (nc.info?.version ?? '0').split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}
