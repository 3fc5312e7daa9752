/** Which audit events somebody looks for. Pure. */
import { type AuditCloudEvent, auditShard, auditTypes } from '@gateway/contracts'
import { CannotStart } from '@gateway/service'

export interface Wanted {
  readonly user?: string | undefined
  readonly client?: string | undefined
  readonly family?: string | undefined
  readonly service?: string | undefined
  /** `login.failed`, `login` (all of that area), with or without `audit.`. */
  readonly type?: string | undefined
}

export function isWanted(event: AuditCloudEvent, wanted: Wanted): boolean {
  const { sub, client_id, family, service } = event.data
  const type = wanted.type && typeOf(wanted.type)
  return (
    (wanted.user === undefined || sub === wanted.user) &&
    (wanted.client === undefined || client_id === wanted.client) &&
    (wanted.family === undefined || family === wanted.family) &&
    (wanted.service === undefined || service === wanted.service) &&
    (!type || event.type === type || event.type.startsWith(`${type}.`))
  )
}

/** The narrowest subject that holds them: a user's events are in one shard. @throws CannotStart a type that does not exist */
export function subjectOf({ user, type }: Wanted): string {
  const shard = user === undefined ? '*' : auditShard({ decision: 'recorded', sub: user })
  if (type === undefined) return user === undefined ? 'audit.>' : `audit.*.*.${shard}`
  const whole = typeOf(type)
  const known = Object.keys(auditTypes)
  if (known.includes(whole)) return `${whole}.${shard}`
  if (known.some((name) => name.startsWith(`${whole}.`))) return `${whole}.*.${shard}`
  const areas = [...new Set(known.map((name) => name.split('.')[1]))].join(', ')
  throw new CannotStart(`--type: there are no events of type "${type}"; the areas are ${areas}`)
}

function typeOf(text: string): string {
  return text.startsWith('audit.') ? text : `audit.${text}`
}
