/**
 * Which families a user has. An index in the store, fed by the stream and never the truth: whoever reads it asks each family
 * itself. It may name a family that is gone, and never lacks one that lives, but for the oldest of more than a thousand.
 *
 * After the store was wiped (or before it was ever filled) its mark is missing, and it is rebuilt from the whole stream.
 */
import { isCommit, type StoredMessage, type StreamReader } from '@gateway/bus'
import { sources, type TokenFamilyState, tokenFamilyStateSchema } from '@gateway/contracts'
import { keyOf, Unavailable } from '@gateway/kernel'
import type { KeyValue } from '@gateway/store'

const FAMILIES_MAX = 1_000
/** The stream keeps 16 commits of a family: at least one of any eight in a row is looked at, however late this comes. */
const LOOK_EVERY = 8
const ATTEMPTS_MAX = 20

const MARK = 'families-by-user'
const BUILDING = Buffer.from('building')
const BUILT = Buffer.from('built')

export interface FamiliesByUserDeps {
  readonly bus: StreamReader
  /** The service's own, which seals what it is given. */
  readonly store: KeyValue
  /** No family lives longer than this after its start. */
  readonly familyLifeMs: number
}

export class FamiliesByUser {
  readonly #deps: FamiliesByUserDeps
  #building: Promise<void> | undefined

  constructor(deps: FamiliesByUserDeps) {
    this.#deps = deps
  }

  /** A family after a commit; `version` counts its commits from 1. A repeat or a late one does no harm. @throws Unavailable */
  async project(state: TokenFamilyState, version: number): Promise<void> {
    if (state.status === 'revoked') await this.forget(state.sub, [state.family])
    if (state.status === 'active' && version % LOOK_EVERY === 1) await this.#add(state.sub, [state.family])
  }

  /** Oldest first, in the order in which they came to be known. @throws Unavailable, also while it takes too long to rebuild */
  async of(sub: string): Promise<readonly string[]> {
    await this.#ensureBuilt()
    return (await this.#read(sub)).families
  }

  /** @throws Unavailable */
  async forget(sub: string, families: readonly string[]): Promise<void> {
    await this.#change(sub, (known) => known.filter((family) => !families.includes(family)))
  }

  #add(sub: string, families: readonly string[]): Promise<void> {
    return this.#change(sub, (known) => {
      const fresh = families.filter((family) => !known.includes(family))
      return [...known, ...fresh].slice(-FAMILIES_MAX)
    })
  }

  async #change(sub: string, change: (families: readonly string[]) => readonly string[]): Promise<void> {
    const { store, familyLifeMs: ttlMs } = this.#deps
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const { families, version } = await this.#read(sub)
      const changed = change(families)
      if (changed.length === families.length && changed.every((family, index) => family === families[index])) return
      const value = Buffer.from(JSON.stringify(changed))
      const written =
        version === undefined
          ? await store.putIfAbsent(storedAs(sub), value, { ttlMs })
          : await store.compareAndSet(storedAs(sub), version, value, { ttlMs })
      if (written) return
    }
    throw new Unavailable('store', { retryAfterSeconds: 1 })
  }

  async #read(sub: string): Promise<{ readonly families: readonly string[]; readonly version?: string }> {
    const entry = await this.#deps.store.get(storedAs(sub))
    if (!entry) return { families: [] }
    return { families: JSON.parse(Buffer.from(entry.value).toString()) as string[], version: entry.version }
  }

  /** Calls at the same time share one rebuilding, which goes on when they have given up waiting. */
  #ensureBuilt(): Promise<void> {
    this.#building ??= this.#build().finally(() => {
      this.#building = undefined
    })
    return this.#building
  }

  /** A store that is wiped meanwhile has lost the mark that this began with, and it begins again. */
  async #build(): Promise<void> {
    const { store } = this.#deps
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const mark = await store.get(MARK)
      if (mark && BUILT.equals(mark.value)) return
      if (!mark) await store.putIfAbsent(MARK, BUILDING)
      const claim = mark ?? (await store.get(MARK))
      if (!claim || BUILT.equals(claim.value)) continue
      for (const [sub, families] of await this.#readStream()) await this.#add(sub, families)
      if (await store.compareAndSet(MARK, claim.version, BUILT)) return
    }
    throw new Unavailable('store', { retryAfterSeconds: 1 })
  }

  async #readStream(): Promise<ReadonlyMap<string, readonly string[]>> {
    const owners = new Map<string, string>()
    const view = {
      reset: () => owners.clear(),
      apply({ data }: StoredMessage) {
        const state = isCommit(data) ? tokenFamilyStateSchema.safeParse(data.state).data : undefined
        if (state?.status === 'active') owners.set(state.family, state.sub)
        if (state?.status === 'revoked') owners.delete(state.family)
      },
    }
    const projection = await this.#deps.bus.project(sources.families, view)
    try {
      await projection.caughtUp
    } finally {
      await projection.stop()
    }
    return new Map(
      [...Map.groupBy(owners, ([, sub]) => sub)].map(([sub, entries]) => [sub, entries.map(([family]) => family)]),
    )
  }
}

/** Of the user only a digest stands in the key. */
function storedAs(sub: string): string {
  return `families-by-user:${keyOf(sub)}`
}
