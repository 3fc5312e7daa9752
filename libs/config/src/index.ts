export { type Config, configSchema, type ProviderConfig, type RedisConfig, type ServiceConfig } from './sections.ts'
