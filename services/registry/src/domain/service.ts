/** One service of the catalogue: listed as the operator configured it, changed, removed, and maybe listed again. */
import { type Service, type ServiceState, serviceSchema } from '@gateway/contracts'
import type { Decider } from '@gateway/kernel'

export type ServiceEvent =
  | { readonly type: 'ServiceListed'; readonly service: Service; readonly source: string }
  | { readonly type: 'ServiceRemoved'; readonly id: string; readonly source: string }

/** `source`: the hash of the catalogue that says so. */
export type ServiceCommand =
  | { readonly type: 'ListService'; readonly service: Service; readonly source: string }
  | { readonly type: 'RemoveService'; readonly source: string }

export const service: Decider<ServiceState, ServiceCommand, ServiceEvent> = {
  initial: { status: 'absent' },

  evolve(_, event) {
    switch (event.type) {
      case 'ServiceListed':
        return { status: 'listed', service: event.service, source: event.source }
      case 'ServiceRemoved':
        return { status: 'removed', id: event.id, source: event.source }
    }
  },

  decide(state, command) {
    switch (command.type) {
      case 'ListService':
        if (state.status === 'listed' && sameService(state.service, command.service)) return []
        return [{ type: 'ServiceListed', service: command.service, source: command.source }]
      case 'RemoveService':
        if (state.status !== 'listed') return []
        return [{ type: 'ServiceRemoved', id: state.service.id, source: command.source }]
    }
  },
}

/** Compared in the schema's own order of fields. */
export function sameService(a: Service, b: Service): boolean {
  return JSON.stringify(serviceSchema.parse(a)) === JSON.stringify(serviceSchema.parse(b))
}
