/** The services that exist, folded from the registry's facts and held in memory. */
import { isCommit, type StoredMessage, type View } from '@gateway/bus'
import { type Service, serviceStateSchema } from '@gateway/contracts'
import { canonicalResource, resourceOf } from '@gateway/oauth'

export interface Catalogue extends View {
  get(id: string): Service | undefined
  /** RFC 8707 §2: the protected service whose resource this is, in whatever spelling, and never by a prefix (pain-6). Public ones have no resource. */
  byResource(uri: string): Service | undefined
  /** Those that need a token. */
  protected(): readonly Service[]
}

/** @param onGap hears of commits that this view missed: the versions of a service's facts jumped */
export function createCatalogue(issuer: string, onGap: (subject: string) => void = () => {}): Catalogue {
  /** By the subject of their facts. */
  const services = new Map<string, Service>()
  const versions = new Map<string, number>()
  const listed = () => [...services.values()]
  const protectedOnes = () => listed().filter((service) => service.auth_required)

  return {
    snapshot: () => services,
    fresh: () => createCatalogue(issuer),
    reset() {
      services.clear()
      versions.clear()
    },
    apply({ subject, data }: StoredMessage) {
      if (!isCommit(data)) return
      if (data.version !== (versions.get(subject) ?? 0) + 1) onGap(subject)
      versions.set(subject, data.version)
      const state = serviceStateSchema.safeParse(data.state).data
      if (state?.status === 'listed') services.set(subject, state.service)
      else if (state) services.delete(subject)
    },
    get: (id) => listed().find((service) => service.id === id),
    byResource(uri) {
      const asked = canonicalResource(uri)
      if (asked === undefined) return undefined
      return protectedOnes().find((service) => canonicalResource(resourceOf(issuer, service.id)) === asked)
    },
    protected: protectedOnes,
  }
}
