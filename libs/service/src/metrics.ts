/** The metrics of one process: Node's own and whatever the services add. */
import { collectDefaultMetrics, Registry } from 'prom-client'

export function createMetrics(service: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  return registry
}
