/** What every package may use and none has to look up: deciders, errors, time, ids, secrets. Imports nothing but Node. */
export { type Clock, systemClock } from './clock.ts'
export { type Decider, fold } from './decider.ts'
export { Misconfigured, Refusal, Unavailable, Unreadable, unreadableIn, VersionConflict } from './errors.ts'
export { keyOf, newId } from './ids.ts'
export { Keyring, type SealingKey, sealedKeyId } from './keyring.ts'
export type { Operation } from './operation.ts'
export { Secret, secretEquals } from './secret.ts'
