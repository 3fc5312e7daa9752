/** The rings as this replica knows them: what their stream says, and what it has just decided itself. */
import { isCommit, type StoredMessage, subjectOf, type View } from '@gateway/bus'
import { aggregates, type KeyRingState, keyRingStateSchema, type RingName } from '@gateway/contracts'
import { keyRing } from './key-ring.ts'

interface Known {
  readonly version: number
  readonly state: KeyRingState
}

export class KeyRingView implements View {
  readonly #rings = new Map<string, Known>()

  snapshot(): unknown {
    return this.#rings
  }

  fresh(): KeyRingView {
    return new KeyRingView()
  }

  reset(): void {
    this.#rings.clear()
  }

  apply({ subject, data }: StoredMessage): void {
    if (!isCommit(data)) return
    const state = keyRingStateSchema.safeParse(data.state)
    if (state.success) this.#learn(subject, { version: data.version, state: state.data })
  }

  /** An own decision, known at once and in the form in which the stream will tell it again. */
  decided(ring: RingName, { version, state }: Known): void {
    const told = keyRingStateSchema.parse(JSON.parse(JSON.stringify(state)))
    this.#learn(subjectOf(aggregates.signingKey, ring), { version, state: told })
  }

  ring(ring: RingName): KeyRingState {
    return this.#rings.get(subjectOf(aggregates.signingKey, ring))?.state ?? keyRing.initial
  }

  #learn(subject: string, known: Known): void {
    if (known.version >= (this.#rings.get(subject)?.version ?? 0)) this.#rings.set(subject, known)
  }
}
