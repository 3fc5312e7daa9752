/** The service catalogue as a read model: what is listed now, by id. Folded from `evt.registry.service.*`. */
import type { ServiceState } from '@gateway/contracts'
import { type ServedService, servedService } from './served-service.ts'

export interface Catalogue {
  get(id: string): ServedService | undefined
  list(): readonly ServedService[]
}

export class CatalogueView implements Catalogue {
  readonly #issuer: string
  readonly #services = new Map<string, ServedService>()

  constructor(issuer: string) {
    this.#issuer = issuer
  }

  get(id: string): ServedService | undefined {
    return this.#services.get(id)
  }

  /** In order of their ids, so that every replica lists them alike. */
  list(): readonly ServedService[] {
    return [...this.#services.values()].toSorted((a, b) => (a.service.id < b.service.id ? -1 : 1))
  }

  project(state: ServiceState): void {
    switch (state.status) {
      case 'listed':
        // The registry lists no service without a usable address; a view refuses no fact, it only cannot serve this one.
        if (URL.canParse(state.service.url)) {
          this.#services.set(state.service.id, servedService(this.#issuer, state.service))
        }
        break
      case 'removed':
        this.#services.delete(state.id)
        break
      case 'absent':
        break
    }
  }

  fresh(): CatalogueView {
    return new CatalogueView(this.#issuer)
  }

  snapshot(): unknown {
    return this.list().map(({ service }) => service)
  }

  reset(): void {
    this.#services.clear()
  }
}
