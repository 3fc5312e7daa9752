/** Makes the facts say what the configuration says, unless a newer configuration has been in force since. */
import { type EventStore, handle } from '@gateway/bus'
import { type Clock, keyOf, newId } from '@gateway/kernel'
import { services } from '../aggregates.ts'
import { type Catalogue, catalogueChanges } from '../domain/catalogue.ts'
import type { CatalogueView } from '../domain/catalogue-view.ts'

export interface PublishCatalogueDeps {
  readonly bus: EventStore
  readonly clock: Clock
  /** Caught up. */
  readonly view: CatalogueView
}

export interface Published {
  readonly outcome: 'applied' | 'superseded'
  readonly changes: number
  /** The position that the view has to reach to know of them. */
  readonly position: number
}

/** May be repeated after a failure half-way: what is done stays done. @throws Unavailable */
export async function publishCatalogue(
  deps: PublishCatalogueDeps,
  catalogue: Catalogue,
  actor = 'service:registry',
): Promise<Published> {
  let changes = 0
  let position = deps.view.position()
  for (const { id, command } of catalogueChanges(deps.view.services(), catalogue)) {
    if (deps.view.isSuperseded(catalogue.source)) return { outcome: 'superseded', changes, position }
    const context = { requestId: newId(), actor, at: deps.clock() }
    const decided = await handle(deps.bus, services, id, command, context)
    changes += decided.events.length
    position = Math.max(position, decided.sequence)
  }
  return { outcome: 'applied', changes, position }
}

/**
 * On an operator's word a superseded configuration comes back: under a name of its own, so that it follows all that was in
 * force before, and who still has the one in between no more overwrites it. @throws Unavailable
 */
export function applyCatalogue(
  deps: PublishCatalogueDeps,
  catalogue: Catalogue,
  requestId: string,
): Promise<Published> {
  return publishCatalogue(deps, { ...catalogue, source: keyOf(`${catalogue.source} ${requestId}`) }, 'operator')
}
