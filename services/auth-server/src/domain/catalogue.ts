/** The services that exist, folded from the registry's facts and held in memory. */
import { isCommit, type StoredMessage, type View } from '@gateway/bus'
import { type Service, serviceStateSchema } from '@gateway/contracts'
import { canonicalResource, resourceOf } from '@gateway/oauth'

export interface Catalogue extends View {
  get(id: string): Service | undefined
  /** The protected service whose resource this is, in whatever spelling (pain-6). Public ones have no resource. */
  byResource(uri: string): Service | undefined
  /** Those that need a token. */
  protected(): readonly Service[]
}

export function createCatalogue(issuer: string): Catalogue {
  /** By the subject of their facts. */
  const services = new Map<string, Service>()
  const listed = () => [...services.values()]
  const protectedOnes = () => listed().filter((service) => service.auth_required)

  return {
    reset: () => services.clear(),
    apply(message: StoredMessage) {
      const state = isCommit(message.data) ? serviceStateSchema.safeParse(message.data.state).data : undefined
      if (state?.status === 'listed') services.set(message.subject, state.service)
      else if (state) services.delete(message.subject)
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
