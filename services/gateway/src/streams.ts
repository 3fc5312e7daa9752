/** What streams and durables there must be, for a bus in memory and for `gateway bootstrap`. */
import type { Provisioned, Provisioner } from '@gateway/bus'
import type { Config } from '@gateway/config'
import { durableDeliveries, type Lifetimes, streamRetentions } from '@gateway/contracts'

/** How far clocks may be apart before a revocation would be forgotten while its tokens live. */
const CLOCK_SLACK_SECONDS = 300
const DAY_SECONDS = 86_400

export function lifetimesOf({ tokens, audit }: Pick<Config, 'tokens' | 'audit'>): Lifetimes {
  return {
    accessTtlSeconds: tokens.access_ttl_seconds,
    refreshMaxSeconds: tokens.refresh_max_seconds,
    clockSlackSeconds: CLOCK_SLACK_SECONDS,
    auditMaxAgeSeconds: audit.max_age_days * DAY_SECONDS,
    auditMaxBytes: audit.max_bytes,
  }
}

/** What a process holds in its memory must fit there: of the audit, the newest. */
export const AUDIT_BYTES_IN_MEMORY = 64 * 1024 ** 2

export function inOneProcess(config: Config): Config {
  return { ...config, audit: { ...config.audit, max_bytes: Math.min(config.audit.max_bytes, AUDIT_BYTES_IN_MEMORY) } }
}

export interface Provision {
  readonly kind: 'stream' | 'durable'
  readonly name: string
  readonly outcome: Provisioned
}

/** Streams first, since durables are of one. With `check` nothing is changed. @throws Misconfigured, Unavailable */
export async function* provision(
  bus: Provisioner,
  config: Config,
  options: { readonly check: boolean },
): AsyncGenerator<Provision> {
  for (const stream of streamRetentions(lifetimesOf(config), config.nats.replicas)) {
    yield { kind: 'stream', name: stream.name, outcome: await bus.ensureStream(stream, options) }
  }
  for (const durable of durableDeliveries()) {
    const outcome = await bus.ensureDurable(durable, options)
    yield { kind: 'durable', name: `${durable.stream}/${durable.name}`, outcome }
  }
}
