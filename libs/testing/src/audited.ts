/** Holds every audit event of a test to the public contract: its envelope, its type, and that type's own schema. */
import type { MemoryBus } from '@gateway/bus/memory'
import { type AuditType, auditSchemaOf, auditTypes, cloudEventSchema } from '@gateway/contracts'

/**
 * The same bus, with one more look at what is published below `audit.`. Whoever records waits for nothing and would only try
 * again, so a violation is thrown at the test runner, which fails for it.
 */
export function auditing(bus: MemoryBus): MemoryBus {
  const publish = bus.publish.bind(bus)
  bus.publish = (subject, id, data) => {
    if (subject.startsWith('audit.')) {
      const problem = problemOf(data)
      if (problem !== undefined) void Promise.reject(new TypeError(`${subject}: ${problem}`))
    }
    return publish(subject, id, data)
  }
  return bus
}

/** Made once: a schema costs more than what it judges, and some tests record ten thousand events. */
const envelopeSchema = cloudEventSchema.strict()
const strictSchemas = new Map(
  (Object.keys(auditTypes) as AuditType[]).map((type) => [type as string, auditSchemaOf(type).strict()]),
)

/** What a stranger's validator would complain of. As sent: what is undefined is not there. */
export function problemOf(sent: unknown): string | undefined {
  const asSent = JSON.parse(JSON.stringify(sent)) as { readonly data: unknown }
  const envelope = envelopeSchema.safeParse(asSent)
  if (!envelope.success) return envelope.error.message
  const { type } = envelope.data
  const told = strictSchemas.get(type)?.safeParse(asSent.data)
  if (!told) return `${type} is none of the contract`
  return told.success ? undefined : told.error.message
}
