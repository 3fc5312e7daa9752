/**
 * The views of one service, by name: how far each is behind, as a metric, and what operators may do with them while they are
 * in use. Named after their streams.
 */
import { createHash } from 'node:crypto'
import type { Projection, Source, StoredMessage, StreamReader, View } from '@gateway/bus'
import type { Projections } from '@gateway/contracts'
import { type Clock, Refusal } from '@gateway/kernel'
import { Gauge, type Registry } from 'prom-client'
import { MeasuredServices } from './metrics.ts'

/** A view that has both can be verified and rebuilt; others (an operator's list) come and go unseen. */
type Inspectable = View & Required<Pick<View, 'snapshot' | 'fresh'>>

type Described = Projections['projections'][number]

/** A view that lives takes the same messages as the one folded afresh, though not in the same instant. */
const LOOKS = 40
const LOOK_MS = 50

export class ObservedProjections {
  readonly #reader: StreamReader
  readonly #clock: Clock
  readonly #open = new Map<string, Observed>()

  constructor(reader: StreamReader, clock: Clock) {
    this.#reader = reader
    this.#clock = clock
  }

  async project(source: Source & { readonly since?: number }, view: View): Promise<Projection> {
    if (!isInspectable(view)) return this.#reader.project(source, view)
    const observed = new Observed(this.#reader, source, view)
    await observed.open()
    this.#open.set(source.stream, observed)
    return observed
  }

  lags(): readonly { readonly name: string; readonly lag: number }[] {
    return [...this.#open].map(([name, observed]) => ({ name, lag: observed.lag() }))
  }

  list(): readonly Described[] {
    return [...this.#open.values()].map((observed) => observed.describe(this.#clock()))
  }

  /** @throws Refusal `unknown_projection`, Unavailable */
  async verify(name: string): Promise<Described> {
    const observed = this.#find(name)
    const fresh = await observed.foldAfresh()
    try {
      for (let look = 1; ; look++) {
        const now = this.#clock()
        const told = { ...observed.describe(now), expected: digestOf(fresh.view, now) }
        if (told.digest === told.expected || look === LOOKS) return told
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    } finally {
      await fresh.projection.stop()
    }
  }

  /** @throws Refusal `unknown_projection`, Unavailable */
  async rebuild(name: string): Promise<Described> {
    const observed = this.#find(name)
    await observed.rebuild()
    return observed.describe(this.#clock())
  }

  #find(name: string): Observed {
    const observed = this.#open.get(name)
    if (!observed) throw new Refusal('unknown_projection', { name })
    return observed
  }
}

class Observed implements Projection {
  readonly #reader: StreamReader
  readonly #source: Source & { readonly since?: number }
  readonly #view: Inspectable
  readonly #caughtUp = Promise.withResolvers<void>()
  /** Which of the readings the view follows. */
  #current = Symbol('reading')
  #reading: Projection | undefined
  #position = 0

  constructor(reader: StreamReader, source: Source & { readonly since?: number }, view: Inspectable) {
    this.#reader = reader
    this.#source = source
    this.#view = view
    // Whoever stops early need not wait for it.
    this.#caughtUp.promise.catch(() => undefined)
  }

  async open(): Promise<void> {
    const reading = await this.#reader.project(this.#source, this.#following(this.#current))
    this.#reading = reading
    reading.caughtUp.then(this.#caughtUp.resolve, this.#caughtUp.reject)
  }

  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise
  }

  lag(): number {
    return this.#reading?.lag() ?? Number.POSITIVE_INFINITY
  }

  async stop(): Promise<void> {
    await this.#reading?.stop()
  }

  describe(now: number): Described {
    const lag = this.lag()
    return {
      name: this.#source.stream,
      stream: this.#source.stream,
      position: this.#position,
      ...(Number.isFinite(lag) ? { lag } : {}),
      digest: digestOf(this.#view, now),
    }
  }

  async foldAfresh(): Promise<{ readonly view: Inspectable; readonly projection: Projection }> {
    const view = this.#view.fresh()
    if (!isInspectable(view)) throw new TypeError('a fresh view is of the same kind')
    const projection = await this.#reader.project(this.#source, view)
    await caughtUpOrStopped(projection)
    return { view, projection }
  }

  /** The view changes in one turn, from what it held to what the stream holds: nobody asks it while it is empty. */
  async rebuild(): Promise<void> {
    const next = Symbol('reading')
    const held: StoredMessage[] = []
    const following = this.#following(next)
    const reading = await this.#reader.project(this.#source, {
      reset: () => (this.#current === next ? following.reset() : void held.splice(0)),
      apply: (message) => (this.#current === next ? following.apply(message) : void held.push(message)),
    })
    await caughtUpOrStopped(reading)
    const before = this.#reading
    this.#reading = reading
    this.#current = next
    following.reset()
    for (const message of held) following.apply(message)
    await before?.stop()
  }

  /** The view, for one of the readings: another one that is still under way has no say. */
  #following(reading: symbol): View {
    return {
      reset: () => {
        if (this.#current !== reading) return
        this.#position = 0
        this.#view.reset()
      },
      apply: (message) => {
        if (this.#current !== reading) return
        this.#position = message.sequence
        this.#view.apply(message)
      },
    }
  }
}

async function caughtUpOrStopped(projection: Projection): Promise<void> {
  try {
    await projection.caughtUp
  } catch (error) {
    await projection.stop()
    throw error
  }
}

function isInspectable(view: View): view is Inspectable {
  return view.snapshot !== undefined && view.fresh !== undefined
}

function digestOf(view: Inspectable, now: number): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(view.snapshot(now))))
    .digest('base64url')
}

/** Order among the entries of maps, sets and objects is not part of what a view holds. */
function canonical(value: unknown): unknown {
  if (value instanceof Map) return sorted([...value].map(([key, entry]) => [key, canonical(entry)]))
  if (value instanceof Set) return sorted([...value].map(canonical))
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return sorted(Object.entries(value).map(([key, entry]) => [key, canonical(entry)]))
}

function sorted(values: readonly unknown[]): unknown[] {
  const byText = values.map((value) => [JSON.stringify(value) ?? 'null', value] as const)
  return byText.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}

const LAG = 'gateway_projection_lag'

const measured = new MeasuredServices<ObservedProjections>()

export function measureLag(metrics: Registry, service: string, projections: ObservedProjections): void {
  const all = measured.add(metrics, service, projections)
  if (!all) return
  const gauge: Gauge = new Gauge({
    name: LAG,
    help: 'Facts known to be waiting for a view in memory; NaN while its stream has never been seen',
    labelNames: ['of', 'projection'],
    registers: [metrics],
    collect() {
      for (const [of, observed] of all) {
        for (const { name: projection, lag } of observed.lags()) {
          gauge.set({ of, projection }, Number.isFinite(lag) ? lag : Number.NaN)
        }
      }
    },
  })
}
