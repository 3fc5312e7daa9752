/** Read model of the catalogue: what is listed now, and which configurations it came from. Never refuses a fact. */
import { isCommit, type StoredMessage, type View } from '@gateway/bus'
import { type Service, type ServiceState, serviceStateSchema } from '@gateway/contracts'

export interface CatalogueView extends View {
  /** Sorted by id. */
  services(): Service[]
  /**
   * Whether a configuration was in force and another one came after it: it is then not applied by whoever still has it, so
   * that replicas with an old and a new file do not overwrite each other.
   */
  isSuperseded(source: string): boolean
  /** The last position applied. */
  position(): number
  /** Facts that could not be read: written by a newer version, or by nobody who should. */
  unreadable(): number
}

/** `onGap` hears of commits that the stream no longer has: the versions of an aggregate jumped. */
export function catalogueView(onGap: (subject: string, from: number, to: number) => void = () => {}): CatalogueView {
  const aggregates = new Map<string, { readonly state: ServiceState; readonly version: number }>()
  /** In the order in which they first came into force. */
  let sources: string[] = []
  let position = 0
  let unreadable = 0

  function note(source: string): void {
    if (!sources.includes(source)) sources.push(source)
  }

  return {
    snapshot: () => ({ aggregates, sources }),
    fresh: () => catalogueView(),

    reset() {
      aggregates.clear()
      sources = []
      position = 0
      unreadable = 0
    },

    apply(message: StoredMessage) {
      position = message.sequence
      if (!isCommit(message.data)) {
        unreadable++
        return
      }
      const { version, state } = message.data
      const known = aggregates.get(message.subject)
      const expected = (known?.version ?? 0) + 1
      if (version !== expected) onGap(message.subject, expected, version)
      const read = serviceStateSchema.safeParse(state)
      if (!read.success) unreadable++
      else if (read.data.status !== 'absent') note(read.data.source)
      aggregates.set(message.subject, { state: read.data ?? known?.state ?? { status: 'absent' }, version })
    },

    services() {
      const states = Array.from(aggregates.values(), ({ state }) => state)
      return states
        .flatMap((state) => (state.status === 'listed' ? [state.service] : []))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },

    isSuperseded: (source) => sources.includes(source) && sources.at(-1) !== source,
    position: () => position,
    unreadable: () => unreadable,
  }
}
