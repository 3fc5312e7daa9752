import type { AuditCloudEvent } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { auditLine } from './audit-line.ts'

const event = (data: Partial<AuditCloudEvent['data']>): AuditCloudEvent => ({
  specversion: '1.0',
  id: '1',
  type: 'audit.mcp.request',
  source: '/services/proxy',
  time: '2026-01-01T12:30:01.000Z',
  datacontenttype: 'application/json',
  dataschema: '/schemas/audit/mcp.request/v1.json',
  data: { decision: 'allowed', ...data },
})

describe('an audit event as a line', () => {
  it('has time, decision, type and what is known', () => {
    const line = auditLine(event({ sub: 'demo:ada', tool: 'add', status: 200, scopes: ['read', 'calculate'] }), {
      colour: false,
    })
    expect(line).toMatch(/^\d\d:\d\d:\d\d \+ mcp\.request +sub=demo:ada tool=add status=200 scopes=read,calculate$/)
  })

  it('marks denials', () => {
    expect(auditLine(event({ decision: 'denied', reason: 'token_expired' }), { colour: false })).toContain(
      'x mcp.request',
    )
  })

  it('prints nothing of a stranger’s that could drive a terminal', () => {
    const line = auditLine(event({ client_id: 'https://a/\u001b[2J\r\n\u0007x', tool: 'a b' }), { colour: false })
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(line).not.toMatch(/[\u0000-\u001f\u007f]/)
    expect(line).toContain('tool="a b"')
  })
})
