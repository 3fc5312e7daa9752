/** A worker: the service as it is alone, without an internal port, and with the first process for an operator. */
import cluster from 'node:cluster'
import { EventEmitter } from 'node:events'
import type { Registry } from 'prom-client'
import type { Check } from '../app.ts'
import type { SignalSource } from '../shutdown.ts'
import type { FromWorker, ToWorker } from './messages.ts'

export interface WorkerSide {
  readonly signals: SignalSource
  onServing(): void
  /** From now on the first process is told what it asks. */
  answer(checks: () => Promise<readonly Check[]>): void
}

/** Undefined in a process that is no worker. */
export function workerSide(metrics: Pick<Registry, 'getMetricsAsJSON'>): WorkerSide | undefined {
  if (!cluster.isWorker) return undefined
  const heard = new EventEmitter()
  let look: () => Promise<readonly Check[]> = async () => [{ name: 'bus', ok: false, detail: 'connecting' }]
  // A terminal sends its signals to every process; the first one decides what becomes of them.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined)
  process.on('message', (message: ToWorker) => {
    if ('signal' in message) heard.emit(message.signal)
    else
      void look().then(async (checks) =>
        tell({ seen: message.look, checks, metrics: await metrics.getMetricsAsJSON() }),
      )
  })
  return {
    signals: {
      on: (signal, listener) => heard.on(signal, listener),
      off: (signal, listener) => heard.off(signal, listener),
      stdin: process.stdin,
    },
    onServing: () => tell({ serving: true }),
    answer(checks) {
      look = checks
    },
  }
}

function tell(message: FromWorker): void {
  process.send?.(message)
}
