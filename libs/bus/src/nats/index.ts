export { connectNats, type NatsBus, type NatsBusOptions } from './bus.ts'
