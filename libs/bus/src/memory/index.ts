export { journalledBus, type MemoryBus, type MemoryBusOptions, memoryBus } from './bus.ts'
