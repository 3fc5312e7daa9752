/** The metrics of one process: Node's own and whatever the services add. */
import { collectDefaultMetrics, Registry } from 'prom-client'

export function createMetrics(service: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  return registry
}

/** What is measured of every service of a process, under one metric with the label `of`: a registry takes a name once. */
export class MeasuredServices<T> {
  readonly #of = new WeakMap<Registry, Map<string, T>>()

  /** All of this registry, to be measured from now on, when `service` is its first; afterwards undefined. */
  add(metrics: Registry, service: string, measured: T): ReadonlyMap<string, T> | undefined {
    const known = this.#of.get(metrics)
    const all = known ?? new Map<string, T>()
    all.set(service, measured)
    this.#of.set(metrics, all)
    return known ? undefined : all
  }
}
