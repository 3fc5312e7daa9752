/**
 * `npm run bench:core`: what the event-sourced core costs, and whether it stays flat as it grows.
 *
 * `--only <part of a name>`; `--full`: a million aggregates, clients and families instead of a hundred thousand.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { measureAggregates } from './aggregates.ts'
import { measureGrowth } from './growth.ts'
import { measureMemoryBus } from './memory-bus.ts'
import { measureProxyStart } from './proxy-start.ts'
import { measureSyncInterval } from './sync-interval.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, full: { type: 'boolean', default: false } } })
const many = values.full ? 1_000_000 : 100_000

const measurements: Readonly<Record<string, () => Promise<string>>> = {
  'memory-bus': () => measureMemoryBus(),
  'sync-interval': () => measureSyncInterval(),
  'proxy-start': () => measureProxyStart(),
  aggregates: () => measureAggregates(many),
  growth: () => measureGrowth(many),
}

const [loadAtStart = 0] = loadavg()
const busy = loadAtStart > 0.5 ? `, busy with other work (load average ${loadAtStart.toFixed(1)} at the start)` : ''
console.log(
  `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}${busy}. Everything shares the machine.`,
)
for (const [name, run] of Object.entries(measurements)) {
  if (values.only === undefined || name.includes(values.only)) console.log(`\n${await run()}`)
}
