/**
 * The way out: `/health` turns 503, serving goes on until edges have noticed, then nothing new is accepted, what is under
 * way finishes up to a limit, and only then are the apps, the bus and the store let go.
 */
import type { Server } from 'node:http'
import type { Health } from './health.ts'
import { closeServer } from './listen.ts'
import type { Logger } from './log.ts'

export type StopSignal = 'SIGTERM' | 'SIGINT'

/** SIGHUP reads the configuration again. */
export type Signal = StopSignal | 'SIGHUP'

/** What of a process hears signals; `node:process` is one. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown
  off(signal: Signal, listener: () => void): unknown
  readonly stdin: { readonly isTTY?: boolean | undefined }
}

export interface Stopping {
  /** Resolves with the first signal. */
  readonly requested: Promise<StopSignal>
  /** Resolves with the second one: whoever asks twice will not wait. */
  readonly insisted: Promise<void>
  dispose(): void
}

export function onStopSignals(source: SignalSource): Stopping {
  const requested = Promise.withResolvers<StopSignal>()
  const insisted = Promise.withResolvers<void>()
  let count = 0
  const hear = (signal: StopSignal) => () => {
    count++
    if (count === 1) requested.resolve(signal)
    else insisted.resolve()
  }
  const listeners = { SIGTERM: hear('SIGTERM'), SIGINT: hear('SIGINT') } as const
  source.on('SIGTERM', listeners.SIGTERM)
  source.on('SIGINT', listeners.SIGINT)
  return {
    requested: requested.promise,
    insisted: insisted.promise,
    dispose() {
      source.off('SIGTERM', listeners.SIGTERM)
      source.off('SIGINT', listeners.SIGINT)
    },
  }
}

export interface WayOut {
  readonly health: Health
  readonly publicServers: readonly Server[]
  readonly internalServer: Server
  /** In this order, after the public servers: the apps, then the bus, then the store. A failing one does not keep the next from its turn. */
  readonly stops: readonly { readonly name: string; stop(): Promise<void> }[]
  readonly delayMs: number
  readonly graceMs: number
  readonly log: Logger
}

/** How long edges get to notice. Nobody waits at a keyboard: SIGINT and terminals skip it. */
export function delayMsFor(signal: StopSignal, source: SignalSource, delaySeconds: number): number {
  return signal === 'SIGINT' || source.stdin.isTTY ? 0 : delaySeconds * 1_000
}

/** `insisted` ends every waiting early. */
export async function leave(way: WayOut, insisted: Promise<void>): Promise<void> {
  way.health.markStopping()
  way.log.info({ delay_ms: way.delayMs, grace_ms: way.graceMs }, 'stopping')
  await pause(way.delayMs, insisted)
  const closed = Promise.all(way.publicServers.map((server) => closeServer(server, way.graceMs)))
  void insisted.then(() => {
    for (const server of way.publicServers) server.closeAllConnections()
  })
  await closed
  for (const part of way.stops) {
    await part.stop().catch((error: unknown) => way.log.error({ err: error, part: part.name }, 'did not stop cleanly'))
  }
  await closeServer(way.internalServer, 0)
  way.log.info('stopped')
}

async function pause(ms: number, insisted: Promise<void>): Promise<void> {
  const timeout = Promise.withResolvers<void>()
  const timer = setTimeout(timeout.resolve, ms)
  await Promise.race([timeout.promise, insisted])
  clearTimeout(timer)
}
