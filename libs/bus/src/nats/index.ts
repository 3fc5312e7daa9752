export { connectNats, type NatsBus, type NatsBusOptions } from './bus.ts'
export { createNkey, type Nkey, publicNkeyOf } from './nkey.ts'
