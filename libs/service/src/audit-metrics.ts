/** What the audit of each service of a process has done so far, for Prometheus; counted by the audit, read when asked for. */
import { Counter, Gauge, type Registry } from 'prom-client'
import { MeasuredServices } from './metrics.ts'

export interface AuditCounts {
  readonly stored: number
  readonly lost: number
  readonly refused: number
  readonly buffered: number
}

const COUNTERS = {
  stored: ['gateway_audit_events_total', 'Audit events that the bus has stored'],
  lost: ['gateway_audit_lost_total', 'Audit events dropped because the buffer was full while the bus was away'],
  refused: ['gateway_audit_refused_total', 'Requests refused because they could not be recorded (audit.mode: strict)'],
} as const

const measured = new MeasuredServices<() => AuditCounts>()

export function measureAudit(metrics: Registry, service: string, counts: () => AuditCounts): void {
  const all = measured.add(metrics, service, counts)
  if (!all) return
  for (const [which, [name, help]] of Object.entries(COUNTERS)) {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: ['of'],
      registers: [metrics],
      collect() {
        counter.reset()
        for (const [of, read] of all) counter.inc({ of }, read()[which as keyof typeof COUNTERS])
      },
    })
  }
  const gauge: Gauge = new Gauge({
    name: 'gateway_audit_buffered',
    help: 'Audit events that the bus has not acknowledged yet',
    labelNames: ['of'],
    registers: [metrics],
    collect() {
      for (const [of, read] of all) gauge.set({ of }, read().buffered)
    },
  })
}
