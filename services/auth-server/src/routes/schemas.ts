/** `GET /schemas/audit/<type>/v1.json`: the JSON Schema that each audit event names as its `dataschema`. */
import { AUDIT_SCHEMA_VERSION, type AuditType, auditSchemaOf, auditTypes } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { z } from 'zod'
import type { Context, Route } from '../context.ts'

export function schemaRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'GET',
      url: `/schemas/audit/:type/v${AUDIT_SCHEMA_VERSION}.json`,
      surface: 'json',
      cors: true,
      async handler(request, reply) {
        const { type } = request.params as { type: string }
        const full = `audit.${type}`
        if (!Object.hasOwn(auditTypes, full)) throw new Refusal('schema_unknown')
        const shape = z.toJSONSchema(auditSchemaOf(full as AuditType))
        const url = `${context.config.issuer}/schemas/audit/${type}/v${AUDIT_SCHEMA_VERSION}.json`
        const schema = { ...shape, $id: url, title: full, description: auditTypes[full as AuditType] }
        return reply.type('application/schema+json').header('Cache-Control', 'public, max-age=86400').send(schema)
      },
    },
  ]
}
