export type { App, AppDeps, Check, CreateApp } from './app.ts'
export { type Audit, auditFacts, createAudit } from './audit.ts'
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
export { createLogger, type Logger } from './log.ts'
