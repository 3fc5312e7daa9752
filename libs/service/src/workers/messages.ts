/** What the first process and its workers tell each other. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { Check } from '../app.ts'
import type { Signal } from '../shutdown.ts'

/** To a worker. */
export type ToWorker = { readonly signal: Signal } | { readonly look: number }

/** What a worker says of itself when it is asked to look. */
export interface Seen {
  readonly checks: readonly Check[]
  readonly metrics: MetricObjectWithValues<MetricValue<string>>[]
}

/** From a worker: it serves, or what it was asked for. */
export type FromWorker = { readonly serving: true } | ({ readonly seen: number } & Seen)
