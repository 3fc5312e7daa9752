/** `config.yaml`: one schema, one loader, all problems at once. */
export { type LoadedConfig, type LoadInput, loadConfig } from './load.ts'
export { readFileIfThere, usualPlaces } from './lookup.ts'
export { RELOADABLE, type Reloaded, reloaded } from './reload.ts'
export { keyringOf } from './sealing.ts'
export {
  type AccessConfig,
  type ClientConfig,
  type Config,
  configSchema,
  type LimitsConfig,
  type ProviderConfig,
  type RedisConfig,
  type RegistrationConfig,
  type ServiceConfig,
  type UpstreamConfig,
  type VaultConfig,
} from './sections.ts'
export type { Env, ReadFile } from './variables.ts'
