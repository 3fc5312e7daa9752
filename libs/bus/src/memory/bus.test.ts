import { busContract } from '../contract/index.ts'
import type { AnyBus, BusOptions } from '../contract/under-test.ts'
import { memoryBus } from './bus.ts'

/** There is one process, so both connections of a case are the same bus. */
const buses = new WeakMap<BusOptions, AnyBus>()

busContract('the memory bus', {
  open: async (options) => {
    const bus = buses.get(options) ?? memoryBus(options)
    buses.set(options, bus)
    return bus
  },
  ackWaitMs: 100,
})
