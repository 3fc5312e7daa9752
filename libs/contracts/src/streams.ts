/** The streams of JetStream, their retention and who reads them: data for `gateway bootstrap`, the permissions and the documents. */

export type ServiceName = 'auth-server' | 'registry' | 'token-issuer' | 'provider-bridge' | 'proxy'

export interface StreamSpec {
  readonly name: string
  readonly subjects: readonly string[]
  /** Who alone may publish to it; absent: every service (audit). */
  readonly owner?: ServiceName
  readonly maxAgeSeconds?: number | ((lives: Lifetimes) => number)
  readonly maxMessages?: number
  readonly maxBytes?: (lives: Lifetimes) => number
  readonly maxMessagesPerSubject?: number
  /** What a full stream does: refuse the append, or drop the oldest. */
  readonly discard: 'new' | 'old'
  /** Nobody may delete or purge single messages. */
  readonly appendOnly?: boolean
}

/** What retention depends on, from the configuration. Seconds and bytes. */
export interface Lifetimes {
  readonly accessTtlSeconds: number
  readonly refreshMaxSeconds: number
  readonly clockSlackSeconds: number
  readonly auditMaxAgeSeconds: number
  readonly auditMaxBytes: number
}

const DAY = 86_400

export const streams = {
  services: { name: 'EVT_SERVICES', subjects: ['evt.registry.service.*'], owner: 'registry', discard: 'new' },
  registrations: {
    name: 'EVT_REGISTRATIONS',
    subjects: ['evt.registry.registration.*'],
    owner: 'registry',
    maxAgeSeconds: 7 * DAY,
    maxMessages: 100_000,
    discard: 'new',
  },
  clients: {
    name: 'EVT_CLIENTS',
    subjects: ['evt.registry.client.*'],
    owner: 'registry',
    maxAgeSeconds: (lives) => lives.refreshMaxSeconds + 30 * DAY,
    maxMessagesPerSubject: 16,
    discard: 'new',
  },
  keys: { name: 'EVT_KEYS', subjects: ['evt.token-issuer.signing-key.*'], owner: 'token-issuer', discard: 'new' },
  tokenFamilies: {
    name: 'EVT_TOKEN_FAMILIES',
    subjects: ['evt.token-issuer.token-family.*'],
    owner: 'token-issuer',
    maxAgeSeconds: (lives) => lives.refreshMaxSeconds,
    maxMessagesPerSubject: 16,
    discard: 'new',
  },
  revocations: {
    name: 'EVT_REVOCATIONS',
    subjects: ['evt.token-issuer.revocation.*'],
    owner: 'token-issuer',
    maxAgeSeconds: (lives) => lives.accessTtlSeconds + lives.clockSlackSeconds,
    discard: 'new',
  },
  authorizations: {
    name: 'EVT_AUTHORIZATIONS',
    subjects: ['evt.auth-server.authorization.*'],
    owner: 'auth-server',
    maxAgeSeconds: DAY,
    discard: 'new',
  },
  consents: {
    name: 'EVT_CONSENTS',
    subjects: ['evt.auth-server.consent.*'],
    owner: 'auth-server',
    maxMessagesPerSubject: 16,
    discard: 'new',
  },
  logins: {
    name: 'EVT_LOGINS',
    subjects: ['evt.provider-bridge.login.*'],
    owner: 'provider-bridge',
    maxAgeSeconds: DAY,
    discard: 'new',
  },
  identities: {
    name: 'EVT_IDENTITIES',
    subjects: ['evt.provider-bridge.identity.*'],
    owner: 'provider-bridge',
    maxMessagesPerSubject: 16,
    discard: 'new',
  },
  /** Claims on the renewal of a user's tokens at the provider; only the last one counts. */
  upstreamGrants: {
    name: 'EVT_UPSTREAM_GRANTS',
    subjects: ['evt.provider-bridge.upstream-grant.*'],
    owner: 'provider-bridge',
    maxAgeSeconds: DAY,
    maxMessagesPerSubject: 2,
    discard: 'new',
  },
  accessRules: {
    name: 'EVT_ACCESS_RULES',
    subjects: ['evt.provider-bridge.access-rules.*'],
    owner: 'provider-bridge',
    maxMessagesPerSubject: 16,
    discard: 'new',
  },
  /** Pointers to facts that a reaction could not read, until an operator decides; each by every service that reacts. */
  parked: {
    name: 'PARKED',
    subjects: ['parked.>'],
    maxAgeSeconds: 90 * DAY,
    maxMessages: 100_000,
    maxMessagesPerSubject: 1,
    discard: 'new',
  },
  audit: {
    name: 'AUDIT',
    subjects: ['audit.>'],
    maxAgeSeconds: (lives) => lives.auditMaxAgeSeconds,
    maxBytes: (lives) => lives.auditMaxBytes,
    discard: 'old',
    appendOnly: true,
  },
} as const satisfies Record<string, StreamSpec>

/** The prefix of each aggregate's subjects: `evt.<service>.<aggregate>`, followed by the hashed id. */
export const aggregates = {
  service: 'evt.registry.service',
  registration: 'evt.registry.registration',
  client: 'evt.registry.client',
  signingKey: 'evt.token-issuer.signing-key',
  tokenFamily: 'evt.token-issuer.token-family',
  authorization: 'evt.auth-server.authorization',
  consent: 'evt.auth-server.consent',
  login: 'evt.provider-bridge.login',
  identity: 'evt.provider-bridge.identity',
  upstreamGrant: 'evt.provider-bridge.upstream-grant',
  accessRules: 'evt.provider-bridge.access-rules',
} as const

export interface DurableSpec {
  /** `<service>--<purpose>` */
  readonly name: string
  readonly stream: string
  readonly ackWaitSeconds: number
}

const audits = (service: ServiceName, stream: string, purpose: string): DurableSpec => ({
  name: `${service}--${purpose}`,
  stream,
  ackWaitSeconds: 30,
})

/** Every durable consumer. `…--audit…` projects a service's own facts into AUDIT; the others react. */
export const durables = {
  auditServices: audits('registry', 'EVT_SERVICES', 'audit-services'),
  auditRegistrations: audits('registry', 'EVT_REGISTRATIONS', 'audit-registrations'),
  auditClients: audits('registry', 'EVT_CLIENTS', 'audit-clients'),
  /** The first redeemed code makes an anonymous registration a client; each day of use renews it. */
  clientsInUse: { name: 'registry--clients-in-use', stream: 'EVT_TOKEN_FAMILIES', ackWaitSeconds: 30 },
  auditKeys: audits('token-issuer', 'EVT_KEYS', 'audit-keys'),
  auditTokenFamilies: audits('token-issuer', 'EVT_TOKEN_FAMILIES', 'audit-token-families'),
  auditRevocations: audits('token-issuer', 'EVT_REVOCATIONS', 'audit-revocations'),
  /** A revoked family's access tokens are refused everywhere, even if the revoking replica died half-way. */
  revokedFamilies: { name: 'token-issuer--revoked-families', stream: 'EVT_TOKEN_FAMILIES', ackWaitSeconds: 1 },
  /** Which families a user has, for the account page and operators. */
  familiesByUser: { name: 'token-issuer--families-by-user', stream: 'EVT_TOKEN_FAMILIES', ackWaitSeconds: 30 },
  /** What a deleted client, or a user who was blocked, erased or must sign in again, holds is refused everywhere. */
  deletedClients: { name: 'token-issuer--deleted-clients', stream: 'EVT_CLIENTS', ackWaitSeconds: 1 },
  endedSignIns: { name: 'token-issuer--ended-sign-ins', stream: 'EVT_IDENTITIES', ackWaitSeconds: 1 },
  /** What was issued for a service before its access rules became tighter is refused, so that it is judged anew by a refresh. */
  changedRules: { name: 'token-issuer--changed-rules', stream: 'EVT_ACCESS_RULES', ackWaitSeconds: 1 },
  auditAuthorizations: audits('auth-server', 'EVT_AUTHORIZATIONS', 'audit-authorizations'),
  auditConsents: audits('auth-server', 'EVT_CONSENTS', 'audit-consents'),
  auditLogins: audits('provider-bridge', 'EVT_LOGINS', 'audit-logins'),
  auditIdentities: audits('provider-bridge', 'EVT_IDENTITIES', 'audit-identities'),
  auditAccessRules: audits('provider-bridge', 'EVT_ACCESS_RULES', 'audit-access-rules'),
} as const satisfies Record<string, DurableSpec>
