/**
 * The audit contract: CloudEvents 1.0 (structured JSON), one message each, on `audit.<area>.<what>.<shard>` of stream AUDIT.
 * Anybody with a NATS client may build on it, so types are never renamed and fields only added.
 *
 * Never in an event: a token, a code, a secret, an e-mail, a name, a request body or a tool argument.
 */
import { hash } from 'node:crypto'
import { z } from 'zod'

/** What every event answers: who, what, when, decision and reason, ids to correlate, from where. */
export const auditDataSchema = z.object({
  decision: z.enum(['allowed', 'denied', 'recorded']),
  /** A stable code for a denial, and for anything that has more than one cause. */
  reason: z.string().optional(),
  /** Which of the access rules denied a user, or how they changed. */
  rule: z.string().optional(),
  sub: z.string().optional(),
  client_id: z.string().optional(),
  service: z.string().optional(),
  resource: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  family: z.string().optional(),
  /** `user:<sub>`, `client:<client_id>`, `operator`, `service:<name>` or `anonymous`. */
  actor: z.string().optional(),
  request_id: z.string().optional(),
  /** Of the `traceparent` that the request came with (W3C Trace Context). */
  trace_id: z.string().optional(),
  /** The commit that this event tells of. */
  commit: z.string().optional(),
  address: z.string().optional(),
  /** The proxied call. */
  http_method: z.string().optional(),
  status: z.number().int().optional(),
  mcp_method: z.string().optional(),
  tool: z.string().optional(),
  duration_ms: z.number().optional(),
  kid: z.string().optional(),
  ring: z.string().optional(),
  redirect_host: z.string().optional(),
})
export type AuditData = z.infer<typeof auditDataSchema>

/** Every event type with the sentence that explains it. The key is the CloudEvents `type` and, dotted, the subject. */
export const auditTypes = {
  'audit.service.listed': 'a service entered the catalogue or changed',
  'audit.service.removed': 'a service left the catalogue',
  'audit.client.registered': 'a client registered itself (RFC 7591)',
  'audit.client.refused': 'a registration was refused',
  'audit.client.in-use': 'a client redeemed its first code or is in use for another day',
  'audit.client.updated': 'a client changed its registration (RFC 7592)',
  'audit.client.deleted': 'a client was deleted',
  'audit.client.authentication-failed': 'a client failed to authenticate',
  'audit.authorization.refused': 'an authorization request was refused',
  'audit.consent.granted': 'a user allowed a client to use a service',
  'audit.consent.denied': 'a user refused a client',
  'audit.consent.withdrawn': 'a user took a consent back',
  'audit.login.succeeded': 'a user signed in at the identity provider',
  'audit.login.failed': 'a sign-in failed',
  'audit.session.ended': 'a user signed out of a browser',
  'audit.identity.first-seen': 'a user signed in for the first time',
  'audit.identity.changed': 'a profile, a block or a required sign-in changed',
  'audit.access.changed': 'the access rules of a service changed',
  'audit.code.issued': 'an authorization code was issued',
  'audit.code.redeemed': 'an authorization code was redeemed',
  'audit.code.replayed': 'an authorization code was used again: its family is revoked',
  'audit.token.issued': 'a token family started',
  'audit.token.refreshed': 'a refresh token was rotated, or answered again within the grace window',
  'audit.token.refused': 'the token endpoint refused a request',
  'audit.token.reused': 'a superseded refresh token came back: its family is revoked',
  'audit.token.revoked': 'tokens were revoked',
  'audit.key.changed': 'a signing key was created, activated, retired, dropped or revoked',
  'audit.key.handed-out': 'a proxy was given the assertion key, sealed to it',
  'audit.mcp.request': 'a call was forwarded to a service',
  'audit.mcp.denied': 'a call was refused at the proxy',
  'audit.operator.asked': 'an operator gave a command',
  'audit.gap.events-lost': 'audit events were dropped while the bus was away',
  'audit.gap.requests-refused': 'requests were refused because they could not be recorded (audit.mode: strict)',
  'audit.gap.commits-missed': 'a projector saw a jump in the versions of an aggregate',
} as const
export type AuditType = keyof typeof auditTypes

const ASKED = ['actor', 'request_id'] as const
const FACT = [...ASKED, 'commit'] as const
const GRANT = ['sub', 'client_id', 'resource', 'family'] as const

/** What every event of a type tells beside its decision, so that whoever reads it can count on it. Only ever added to. */
const tells: Readonly<Record<AuditType, readonly (keyof AuditData)[]>> = {
  'audit.service.listed': [...FACT, 'service'],
  'audit.service.removed': [...FACT, 'service'],
  'audit.client.registered': [...FACT, 'client_id'],
  'audit.client.refused': ['request_id', 'reason'],
  'audit.client.in-use': [...FACT, 'client_id', 'reason'],
  'audit.client.updated': [...FACT, 'client_id'],
  'audit.client.deleted': [...FACT, 'client_id'],
  'audit.client.authentication-failed': ['request_id', 'reason'],
  'audit.authorization.refused': [...ASKED, 'reason'],
  'audit.consent.granted': [...FACT, 'sub', 'client_id', 'scopes'],
  'audit.consent.denied': [...ASKED, 'client_id', 'reason'],
  'audit.consent.withdrawn': [...FACT, 'sub', 'client_id'],
  'audit.login.succeeded': [...FACT, 'sub'],
  'audit.login.failed': ['request_id', 'reason'],
  'audit.session.ended': [...ASKED, 'sub'],
  'audit.identity.first-seen': [...FACT, 'sub'],
  'audit.identity.changed': [...FACT, 'sub', 'reason'],
  'audit.access.changed': [...FACT, 'rule'],
  'audit.code.issued': [...FACT, 'sub', 'client_id', 'service', 'resource', 'scopes'],
  'audit.code.redeemed': [...FACT, ...GRANT, 'service', 'scopes'],
  'audit.code.replayed': [...FACT, ...GRANT, 'reason'],
  'audit.token.issued': [...ASKED, 'client_id', 'resource', 'scopes'],
  'audit.token.refreshed': [...ASKED, ...GRANT, 'reason'],
  'audit.token.refused': [...ASKED, 'reason'],
  'audit.token.reused': [...FACT, ...GRANT, 'reason'],
  'audit.token.revoked': ['reason'],
  'audit.key.changed': [...FACT, 'reason', 'kid', 'ring'],
  'audit.key.handed-out': [...ASKED, 'kid', 'ring'],
  'audit.mcp.request': [...ASKED, 'service', 'http_method'],
  'audit.mcp.denied': [...ASKED, 'reason', 'http_method'],
  'audit.operator.asked': [...ASKED, 'reason'],
  'audit.gap.events-lost': ['reason'],
  'audit.gap.requests-refused': ['reason'],
  'audit.gap.commits-missed': ['reason'],
}

/** The schema of one type's data: of all that an event may say, what each of this type says. */
export function auditSchemaOf(type: AuditType): z.ZodObject {
  return auditDataSchema.required(
    Object.fromEntries(tells[type].map((field) => [field, true])) as Partial<Record<keyof AuditData, true>>,
  )
}

export interface AuditEvent {
  /** Unique, and the same each time the same step is told: the message id of the publish. */
  readonly id: string
  readonly type: AuditType
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly data: AuditData
}

/** Wire form of an {@link AuditEvent}: CloudEvents 1.0.2 §3, `dataschema` names the version of the data's shape. */
export const cloudEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  type: z.string(),
  /** `/services/<name>` */
  source: z.string(),
  /** `sub` of the user, else the client id; absent where neither is known. */
  subject: z.string().optional(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.string(),
  data: auditDataSchema,
})
export type AuditCloudEvent = z.infer<typeof cloudEventSchema>

export const AUDIT_SCHEMA_VERSION = 1

/** The first byte of sha256 of the user (else the client), in hex: one user's history is a cheap filter. */
export function auditShard(data: AuditData): string {
  return hash('sha256', data.sub ?? data.client_id ?? '', 'hex').slice(0, 2)
}

/** `audit.<area>.<what>.<shard>` */
export function auditSubject(event: AuditEvent): string {
  return `${event.type}.${auditShard(event.data)}`
}

export function toCloudEvent(event: AuditEvent, service: string): AuditCloudEvent {
  const subject = event.data.sub ?? event.data.client_id
  return {
    specversion: '1.0',
    id: event.id,
    type: event.type,
    source: `/services/${service}`,
    ...(subject === undefined ? {} : { subject }),
    time: new Date(event.at).toISOString(),
    datacontenttype: 'application/json',
    dataschema: `/schemas/audit/${event.type.slice('audit.'.length)}/v${AUDIT_SCHEMA_VERSION}.json`,
    data: event.data,
  }
}
