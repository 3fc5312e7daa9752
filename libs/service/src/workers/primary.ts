/**
 * The first process of several: it holds the internal port, hands new connections of the public one out in turn
 * (`node:cluster`), replaces a worker that has died, and passes signals on. It serves nothing itself and knows no secret.
 */
import cluster, { type Worker } from 'node:cluster'
import type { Clock } from '@gateway/kernel'
import { AggregatorRegistry } from 'prom-client'
import type { Check } from '../app.ts'
import { createProbes, Health, mergeChecks } from '../health.ts'
import { createInternalServer } from '../internal-http.ts'
import { closeServer, type ListenAt, listen } from '../listen.ts'
import type { Logger } from '../log.ts'
import type { Signal, SignalSource } from '../shutdown.ts'
import type { FromWorker, Seen, ToWorker } from './messages.ts'

export interface Supervision {
  readonly count: number
  readonly internal: ListenAt & { readonly hint: string }
  readonly signals: SignalSource
  /** A worker that has not ended by then after a signal is killed. */
  readonly stopMsMax: number
  readonly clock: Clock
  readonly version: string
  readonly log: Logger
}

/** The first worker has ended before it served: what it has printed says why. */
export class WorkerFailed extends Error {
  override readonly name = 'WorkerFailed'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('no worker could start')
    this.exitCode = exitCode
  }
}

const LOOK_MS = 2_000
/** One that dies as soon as it has started is not started again and again without a pause. */
const REPLACE_MS = 1_000

/**
 * Resolves when it has been told to stop and every worker has ended.
 * @throws CannotStart, WorkerFailed
 */
export async function superviseWorkers(supervision: Supervision): Promise<void> {
  await new Primary(supervision).run()
}

class Primary {
  readonly #supervision: Supervision
  readonly #health = new Health()
  readonly #workers = new Set<Worker>()
  readonly #looks = new Map<string, (seen: Seen) => void>()
  readonly #ended = Promise.withResolvers<void>()
  #served = false
  #looked = 0

  constructor(supervision: Supervision) {
    this.#supervision = supervision
  }

  async run(): Promise<void> {
    const { clock, version, signals, internal } = this.#supervision
    const probes = createProbes({ health: this.#health, checks: () => this.#checks(), clock, version })
    const server = createInternalServer(probes, {
      contentType: AggregatorRegistry.PROMETHEUS_CONTENT_TYPE,
      metrics: async () =>
        AggregatorRegistry.aggregate((await this.#lookAll()).map((seen) => seen?.metrics ?? [])).metrics(),
    })
    await listen(server, internal, internal.hint)
    const listeners = (['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map(
      (signal) => [signal, () => this.#pass(signal)] as const,
    )
    for (const [signal, listener] of listeners) signals.on(signal, listener)
    // Alone at first: what keeps it from serving is said once.
    this.#start()
    try {
      await this.#ended.promise
    } finally {
      for (const [signal, listener] of listeners) signals.off(signal, listener)
      await closeServer(server, 0)
    }
  }

  #start(): void {
    const worker = cluster.fork()
    this.#workers.add(worker)
    worker.on('message', (message: FromWorker) => {
      if ('serving' in message) this.#onServing()
      else this.#looks.get(`${worker.id} ${message.seen}`)?.(message)
    })
    worker.on('exit', (code, signal) => this.#onExit(worker, code, signal))
  }

  #onServing(): void {
    this.#served = true
    if (!this.#health.stopping) while (this.#workers.size < this.#supervision.count) this.#start()
  }

  #onExit(worker: Worker, code: number | null, signal: string | null): void {
    this.#workers.delete(worker)
    if (this.#health.stopping) {
      if (this.#workers.size === 0) this.#ended.resolve()
    } else if (this.#served) {
      this.#supervision.log.error({ worker: worker.process.pid, code, signal }, 'a worker has died and is replaced')
      setTimeout(() => {
        if (!this.#health.stopping) this.#start()
      }, REPLACE_MS)
    } else this.#ended.reject(new WorkerFailed(code || 1))
  }

  #pass(signal: Signal): void {
    const { log, stopMsMax } = this.#supervision
    for (const worker of this.#workers) send(worker, { signal })
    if (signal === 'SIGHUP' || this.#health.stopping) return
    this.#health.markStopping()
    log.info({ workers: this.#workers.size }, 'stopping')
    if (this.#workers.size === 0) this.#ended.resolve()
    setTimeout(() => {
      for (const worker of this.#workers) worker.process.kill('SIGKILL')
    }, stopMsMax).unref()
  }

  async #checks(): Promise<readonly Check[]> {
    const seen = await this.#lookAll()
    const up = seen.filter((each) => each !== undefined)
    const { count } = this.#supervision
    const workers: Check = { name: 'workers', ok: up.length === count, detail: `${up.length} of ${count}` }
    return [workers, ...mergeChecks(up.flatMap(({ checks }) => checks))]
  }

  /** What every worker says of itself; undefined for one that does not answer. */
  #lookAll(): Promise<readonly (Seen | undefined)[]> {
    return Promise.all([...this.#workers].map((worker) => this.#look(worker)))
  }

  async #look(worker: Worker): Promise<Seen | undefined> {
    const { promise, resolve } = Promise.withResolvers<Seen | undefined>()
    const look = this.#looked++
    const key = `${worker.id} ${look}`
    this.#looks.set(key, resolve)
    const timer = setTimeout(() => resolve(undefined), LOOK_MS)
    send(worker, { look })
    const seen = await promise
    clearTimeout(timer)
    this.#looks.delete(key)
    return seen
  }
}

function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}
