/** What a service is to whoever runs it: `main.ts` (alone) or `services/gateway` (all five in one process). */
import type { RequestListener } from 'node:http'
import type { Bus } from '@gateway/bus'
import type { Config } from '@gateway/config'
import type { Clock, Keyring } from '@gateway/kernel'
import type { Counter, KeyValue } from '@gateway/store'
import type { Registry } from 'prom-client'
import type { Logger } from './log.ts'
import type { Reloads } from './reload.ts'

/** Everything impure that a service may use, handed in by its `main.ts` or by the tests. */
export interface AppDeps {
  /** As it was at the start, for as long as the process runs. */
  readonly config: Config
  /** Tells of every later configuration, in what needs no restart. */
  readonly reloads: Reloads
  readonly bus: Bus
  /** Shared by all services; each keeps to its own prefix through the `namespaced` decorator. */
  readonly store: KeyValue
  /** For limits that all replicas share; absent: each replica counts by itself. */
  readonly counter?: Counter | undefined
  /** The deployment's sealing keys. */
  readonly keyring: Keyring
  readonly clock: Clock
  readonly log: Logger
  /** Where the service registers its metrics. */
  readonly metrics: Registry
  readonly version: string
}

/** One dependency's state, as `/ready` shows it. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail?: string
}

export interface App {
  /** Answers this service's public HTTP; absent when it has none. Usable once `start` has resolved. */
  readonly handler?: RequestListener
  /** Serves its operations and opens its projections and reactions; resolves after the first catch-up. */
  start(): Promise<void>
  checks(): readonly Check[]
  /** Takes no new work, finishes what has begun. The bus and the store are closed by whoever opened them. */
  stop(): Promise<void>
}

export type CreateApp = (deps: AppDeps) => Promise<App>
