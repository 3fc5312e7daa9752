/** All that an adapter has to pass. */
import { consumerContract } from './consumer.ts'
import { eventStoreContract } from './event-store.ts'
import { parkingContract } from './parking.ts'
import { projectionContract } from './projection.ts'
import { provisionerContract } from './provisioner.ts'
import { requestReplyContract } from './request-reply.ts'
import type { Adapter } from './under-test.ts'

export function busContract(name: string, adapter: Adapter): void {
  provisionerContract(name, adapter)
  eventStoreContract(name, adapter)
  requestReplyContract(name, adapter)
  projectionContract(name, adapter)
  consumerContract(name, adapter)
  parkingContract(name, adapter)
}

export { type JournalPlace, journalContract } from './journal.ts'
export type { AnyBus, BusOptions } from './under-test.ts'
