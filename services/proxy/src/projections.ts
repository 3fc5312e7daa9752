/** What the proxy knows of the others' facts, held in memory and folded from the streams (`libs/contracts`, `sources`). */
import { isCommit, type Projection, type StoredMessage, type StreamReader, type View } from '@gateway/bus'
import {
  type Jwks,
  type KeyRingState,
  keyRingStateSchema,
  revocationSchema,
  type ServiceState,
  serviceStateSchema,
  sources,
  toJwks,
} from '@gateway/contracts'
import type { Audit, Check, Logger } from '@gateway/service'
import type { AssertionKey } from './assertion/assertion-key.ts'
import type { CatalogueView } from './domain/catalogue.ts'
import type { RevocationsView } from './domain/revocations.ts'
import { importKey, type VerificationKey } from './token/jws.ts'

/** The keys of the access-token ring. What an assertion key signs is no access token, so that ring is not even looked at. */
export class KeysView {
  #ring: KeyRingState = { keys: [] }
  #keys = new Map<string, VerificationKey>()

  get(kid: string): VerificationKey | undefined {
    return this.#keys.get(kid)
  }

  /** Equal to `/.well-known/jwks.json`. */
  jwks(): Jwks {
    return toJwks(this.#ring)
  }

  project(ring: KeyRingState): void {
    if (ring.ring !== 'access-token') return
    const keys = new Map<string, VerificationKey>()
    for (const { kid, public_jwk } of ring.keys) {
      // A key that stays keeps its identity: tokens verified with it stay verified.
      const key = this.#keys.get(kid) ?? importKey(public_jwk)
      if (key) keys.set(kid, key)
    }
    this.#ring = ring
    this.#keys = keys
  }

  fresh(): KeysView {
    return new KeysView()
  }

  snapshot(): unknown {
    return this.#ring
  }

  reset(): void {
    this.#ring = { keys: [] }
    this.#keys = new Map()
  }
}

export interface Views {
  readonly catalogue: CatalogueView
  readonly keys: KeysView
  readonly revocations: RevocationsView
  readonly assertionKey: AssertionKey
}

export interface Projections {
  /** Resolves when each view has seen what was there at the start. */
  start(): Promise<void>
  checks(): readonly Check[]
  stop(): Promise<void>
}

interface ProjectionDeps {
  readonly bus: StreamReader
  readonly audit: Audit
  readonly log: Logger
}

export function createProjections(deps: ProjectionDeps, views: Views): Projections {
  const wanted: readonly { readonly name: keyof typeof sources; readonly view: View }[] = [
    { name: 'catalogue', view: commitsView<ServiceState>(deps, serviceStateSchema, views.catalogue) },
    {
      name: 'keys',
      view: commitsView<KeyRingState>(deps, keyRingStateSchema, ringsView(views.keys, views.assertionKey)),
    },
    { name: 'revocations', view: revocationsView(deps.log, views.revocations) },
  ]
  const open = new Map<string, Projection>()
  const current = new Set<string>()
  return {
    async start() {
      await Promise.all(
        wanted.map(async ({ name, view }) => {
          const projection = await deps.bus.project(sources[name], view)
          open.set(name, projection)
          await projection.caughtUp
          current.add(name)
        }),
      )
    },
    checks: () =>
      wanted.map(({ name }) => {
        const lag = open.get(name)?.lag() ?? 0
        return { name, ok: current.has(name), ...(lag === 0 ? {} : { detail: `${lag} behind` }) }
      }),
    async stop() {
      await Promise.all([...open.values()].map((projection) => projection.stop()))
    },
  }
}

interface Folds<State> {
  project(state: State): void
  reset(): void
  snapshot(now: number): unknown
  fresh(): Folds<State>
}

/** One fold for both rings: who signs assertions follows the same facts as who verifies tokens. */
function ringsView(keys: KeysView, assertionKey: Views['assertionKey']): Folds<KeyRingState> {
  return {
    project(ring) {
      keys.project(ring)
      assertionKey.project(ring)
    },
    reset() {
      keys.reset()
      assertionKey.reset()
    },
    snapshot: () => keys.snapshot(),
    fresh: () => keys.fresh(),
  }
}

interface Schema<State> {
  safeParse(value: unknown): { readonly success: true; readonly data: State } | { readonly success: false }
}

function revocationsView(log: Logger, view: RevocationsView): View {
  return {
    reset: () => view.reset(),
    snapshot: (now) => view.snapshot(now),
    fresh: () => revocationsView(log, view.fresh()),
    apply(message) {
      const revocation = revocationSchema.safeParse(message.data)
      if (revocation.success) view.project(revocation.data)
      else unreadable(log, message)
    },
  }
}

/** A view of commits: folds their `state`; a jump in the versions of an aggregate means missed commits, and is reported. */
function commitsView<State>(
  deps: { readonly audit: Pick<Audit, 'record'>; readonly log: Logger },
  schema: Schema<State>,
  view: Folds<State>,
): View {
  const versions = new Map<string, number>()
  return {
    reset() {
      versions.clear()
      view.reset()
    },
    snapshot: (now) => view.snapshot(now),
    fresh: () => commitsView({ ...deps, audit: { record: () => undefined } }, schema, view.fresh()),
    apply(message) {
      const state = isCommit(message.data) ? schema.safeParse(message.data.state) : undefined
      if (!isCommit(message.data) || !state?.success) {
        unreadable(deps.log, message)
        return
      }
      const last = versions.get(message.subject)
      const { version, id } = message.data
      versions.set(message.subject, version)
      if (last !== undefined && version > last + 1) {
        deps.audit.record('audit.gap.commits-missed', { decision: 'recorded', commit: id, reason: message.subject })
      }
      view.project(state.data)
    },
  }
}

/** A fact that cannot be read is skipped: what was known before it stands. */
function unreadable(log: Logger, message: StoredMessage): void {
  log.error({ subject: message.subject, sequence: message.sequence }, 'a fact cannot be read and is skipped')
}
