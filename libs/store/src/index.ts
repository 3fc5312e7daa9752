export { encrypted, Unreadable } from './encrypted.ts'
export { memoryStore } from './memory/memory-store.ts'
export { namespaced } from './namespaced.ts'
export type { Entry, KeyPage, KeyValue, Page, WriteOptions } from './ports.ts'
