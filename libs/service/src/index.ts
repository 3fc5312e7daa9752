export { addressKey } from './address-key.ts'
export type { App, AppDeps, Check, CreateApp } from './app.ts'
export { AUDIT_RETRY_AFTER_SECONDS, type Audit, auditFacts, createAudit } from './audit.ts'
export { type Backends, backendChecks, logFailure, openBus, openLimits, openStorage } from './connect.ts'
export { type ErrorAnswer, type RefusalTable, toErrorAnswer, type WireError } from './errors.ts'
export {
  createHttp,
  type ErrorBody,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HttpOptions,
  hostAllowed,
  sendError,
} from './http.ts'
export { CannotStart, type ListenAt } from './listen.ts'
export { createLogger, type Logger, logUnreadable } from './log.ts'
export { createMaintained } from './maintenance.ts'
export { createMetrics } from './metrics.ts'
export { publicPorts, telemetryPorts } from './ports.ts'
export { createPublicServer } from './public-http.ts'
export { type ConfigSource, noReloads, type ReloadListener, type Reloads, watchConfig } from './reload.ts'
export { type Host, logDestination, runProcess, runService } from './run.ts'
export { type Opened, type Serving, serveApps } from './serve.ts'
export { traceIdOf } from './trace.ts'
export { readVersion } from './version.ts'
