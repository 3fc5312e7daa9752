export type { Entry, KeyPage, KeyValue, WriteOptions } from './ports.ts'
