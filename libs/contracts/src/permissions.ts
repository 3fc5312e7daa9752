/**
 * What each credential may do on the bus, computed from the access table, and the server's configuration printed from it: code
 * and permissions cannot drift. Allow-lists only: a deny rule beside queue subscriptions has been a way around both.
 */
import { access, type ServiceAccess } from './access.ts'
import { operatorOperations } from './operators.ts'
import { type ServiceName, streams } from './streams.ts'

/** `gateway`: all five services in one process. `bootstrap` makes streams. `operator` asks everything. `auditor` reads AUDIT. */
export const ROLES = [
  'auth-server',
  'registry',
  'token-issuer',
  'provider-bridge',
  'proxy',
  'gateway',
  'bootstrap',
  'operator',
  'auditor',
] as const
export type Role = (typeof ROLES)[number]

export interface Permissions {
  readonly publish: readonly string[]
  /** A subject alone, or `<subject> <queue group>`. */
  readonly subscribe: readonly string[]
  /** Whether it may answer what it is asked. */
  readonly answers: boolean
}

const SERVICES = Object.keys(access) as ServiceName[]

export function permissionsOf(role: Role): Permissions {
  switch (role) {
    case 'gateway':
      return union([...SERVICES.map((service) => ofService(service, access[service])), forwardsOperators], 'gateway')
    case 'bootstrap':
      return { publish: ['$JS.API.>'], subscribe: [inbox(role)], answers: false }
    case 'operator':
      return {
        publish: ['req.>', 'audit.operator.asked.*', ...mayRead('*', '>')],
        subscribe: [inbox(role), 'audit.>'],
        answers: false,
      }
    case 'auditor':
      return ofAuditor()
    case 'auth-server':
    case 'registry':
    case 'token-issuer':
    case 'provider-bridge':
    case 'proxy':
      return ofService(role, access[role])
  }
}

/** One process asks its own services what an operator asks it over its socket. */
const forwardsOperators: Permissions = {
  publish: operatorOperations.map(({ subject }) => subject),
  subscribe: [],
  answers: false,
}

function ofService(name: ServiceName, rights: ServiceAccess): Permissions {
  const ownStreams = Object.values(streams).filter((stream) => 'owner' in stream && stream.owner === name)
  return {
    publish: unique([
      ...rights.owns.map((prefix) => `${prefix}.*`),
      'audit.>',
      ...(rights.consumes.length > 0 ? [`parked.${name}.>`] : []),
      ...rights.calls.map((operation) => operation.subject),
      ...ownStreams.flatMap(({ name: stream }) => [
        `$JS.API.STREAM.INFO.${stream}`,
        `$JS.API.STREAM.MSG.GET.${stream}`,
      ]),
      ...rights.projects.flatMap(({ stream, subject }) => mayRead(stream, subject)),
      ...rights.consumes.flatMap(({ stream, name: durable }) => mayConsume(stream, durable)),
    ]),
    subscribe: [inbox(name), ...rights.serves.map((operation) => `${operation.subject} ${operation.service}`)],
    answers: rights.serves.length > 0,
  }
}

/** An ephemeral consumer without acknowledgements on exactly this filter: the filter stands in the subject of the request. */
function mayRead(stream: string, filter: string): readonly string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.*.${filter}`,
    `$JS.API.CONSUMER.INFO.${stream}.*`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
  ]
}

/** A durable consumer that exists. Both forms of the acknowledgement subject: servers are moving to the second. */
function mayConsume(stream: string, durable: string): readonly string[] {
  return [
    `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
    // What was parked is read again by its sequence.
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.ACK.${stream}.${durable}.>`,
    `$JS.ACK.*.*.${stream}.${durable}.>`,
  ]
}

/** Reads AUDIT as strangers do, with any client and its default inbox: live, by replay, with a durable of its own. */
function ofAuditor(): Permissions {
  const { name } = streams.audit
  return {
    publish: unique([
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      ...mayRead(name, '>'),
      `$JS.API.STREAM.MSG.GET.${name}`,
      `$JS.API.CONSUMER.CREATE.${name}.*`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${name}.*`,
      `$JS.API.CONSUMER.NAMES.${name}`,
      `$JS.API.CONSUMER.LIST.${name}`,
      `$JS.ACK.${name}.>`,
      `$JS.ACK.*.*.${name}.>`,
    ]),
    subscribe: ['_INBOX.>', inbox('auditor'), 'audit.>'],
    answers: false,
  }
}

function inbox(role: string): string {
  return `_INBOX_${role}.>`
}

function union(all: readonly Permissions[], name: string): Permissions {
  return {
    publish: unique(all.flatMap((permissions) => permissions.publish)),
    subscribe: unique([inbox(name), ...all.flatMap((permissions) => permissions.subscribe)]),
    answers: true,
  }
}

function unique(subjects: readonly string[]): readonly string[] {
  return [...new Set(subjects)]
}

/** The `authorization` block of nats-server's configuration: one nkey for each role. `publicKeys` holds `U…` keys. */
export function natsAuthorization(publicKeys: Readonly<Partial<Record<Role, string>>>): string {
  const users = ROLES.flatMap((role) => {
    const nkey = publicKeys[role]
    return nkey === undefined ? [] : [user(role, nkey, permissionsOf(role))]
  })
  return `authorization {\n  timeout: 2\n  users: [\n${users.join('')}  ]\n}\n`
}

function user(role: Role, nkey: string, { publish, subscribe, answers }: Permissions): string {
  const list = (subjects: readonly string[]) => subjects.map((subject) => `          "${subject}"\n`).join('')
  // An answer, and before it a sign of life every third of the silence after which others are asked.
  const responses = answers ? '        allow_responses: { max: 20, expires: "30s" }\n' : ''
  return `    # ${role}
    { nkey: ${nkey}
      permissions: {
        publish: { allow: [\n${list(publish)}        ] }
        subscribe: { allow: [\n${list(subscribe)}        ] }
${responses}      } }
`
}
