import type { Service } from '@gateway/contracts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inspect } from './inspection.ts'
import { operationRules } from './operation-rules.ts'

const rules = operationRules({
  tools: { delete: ['write'] },
  resources: { 'file:///secret/*': ['admin'] },
  prompts: { hidden: ['admin'] },
} as unknown as Service)
const MODERN = '2026-07-28'
const VERSION = 'io.modelcontextprotocol/protocolVersion'
const NONE = { version: undefined, method: undefined, name: undefined }

function judged(body: unknown, headers: Partial<typeof NONE | Record<string, string>> = {}, granted: string[] = []) {
  if (rules === undefined) throw new Error('there are rules')
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return inspect(bytes, { ...NONE, ...headers }, rules, { scopes: new Set(granted), groups: new Set() })
}
const call = (name: string, more = {}) => ({
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name, ...more },
})
const modern = (name: string) => call(name, { _meta: { [VERSION]: MODERN } })

describe('a request that rules concern', () => {
  it.each([
    ['a tool', call('delete'), ['write']],
    ['a resource', { method: 'resources/read', params: { uri: 'file:///secret/x' } }, ['admin']],
    ['a subscription', { method: 'resources/subscribe', params: { uri: 'file:///secret/x' } }, ['admin']],
    ['a prompt', { method: 'prompts/get', params: { name: 'hidden' } }, ['admin']],
    [
      'a completion',
      { method: 'completion/complete', params: { ref: { type: 'ref/prompt', name: 'hidden' } } },
      ['admin'],
    ],
    [
      'a listener',
      { method: 'subscriptions/listen', params: { notifications: { resourceSubscriptions: ['file:///secret/x'] } } },
      ['admin'],
    ],
  ])('(%s) takes all the scopes of its rule', (_what, body, needed) => {
    expect(judged(body)).toMatchObject({ verdict: 'scope_insufficient', needed })
    expect(judged(body, {}, needed)).toMatchObject({ verdict: 'allowed' })
  })

  it('cannot hide in a batch (2025-03-26), and is answered for all of it', () => {
    const batch = [call('add'), call('delete'), { method: 'prompts/get', params: { name: 'hidden' } }]
    expect(judged(batch, {}, ['write'])).toMatchObject({ verdict: 'scope_insufficient', needed: ['write', 'admin'] })
  })

  it.each([
    ['a repeated key', '{"method":"tools/list","method":"tools/call","params":{"name":"delete"}}'],
    ['an escaped repetition', '{"method":"tools/call","params":{"name":"add","n\\u0061me":"delete"}}'],
    ['another case of a name that decides', '{"method":"tools/list","Method":"tools/call","params":{"name":"delete"}}'],
    ['its long s', '{"method":"tools/call","param\u017f":{"name":"delete"},"params":{"name":"add"}}'],
    ['another case within', '{"method":"tools/call","params":{"name":"add","NAME":"delete"}}'],
    ['positional parameters', '{"method":"tools/call","params":["delete"]}'],
    ['no name', '{"method":"tools/call","params":{}}'],
    ['a name that is no text', '{"method":"tools/call","params":{"name":["delete"]}}'],
    ['a batch in a batch', '[[{"method":"tools/call","params":{"name":"delete"}}]]'],
    ['an empty batch', '[]'],
    ['no JSON', 'method=tools/call'],
    ['depth', `{"method":"x","params":{"a":${'['.repeat(100)}${']'.repeat(100)}}}`],
    ['a method in another case', '{"jsonrpc":"2.0","id":1,"method":"Tools/call","params":{"name":"delete"}}'],
    ['a list in another case', '{"jsonrpc":"2.0","id":1,"method":"tools/List"}'],
  ])('cannot hide behind %s', (_what, body) => {
    expect(judged(body)).toEqual({ verdict: 'unreadable' })
  })

  it('is judged by the body, whatever the headers say', () => {
    for (const headers of [
      { method: 'tools/list', version: '2025-11-25' },
      { method: 'tools/call', name: 'add', version: '2025-11-25' },
      { method: 'tools/call', name: 'add' },
    ]) {
      expect(judged(call('delete'), headers)).toMatchObject({ verdict: 'scope_insufficient' })
    }
  })
})

describe('a request of the modern era', () => {
  const headers = { version: MODERN, method: 'tools/call', name: 'delete' }

  it('is allowed where headers and body agree, in base64 too (T3, T4)', () => {
    expect(judged(modern('delete'), headers, ['write']).verdict).toBe('allowed')
    const encoded = `=?base64?${Buffer.from('delete').toString('base64')}?=`
    expect(judged(modern('delete'), { ...headers, name: encoded }, ['write']).verdict).toBe('allowed')
  })

  it.each([
    ['another name', { ...headers, name: 'add' }],
    ['another case of the name', { ...headers, name: 'Delete' }],
    ['another method', { ...headers, method: 'tools/list' }],
    ['no name', { ...headers, name: undefined }],
    ['no method', { ...headers, method: undefined }],
    ['no version', { ...headers, version: undefined }],
    ['an older version', { ...headers, version: '2025-11-25' }],
    ['broken base64', { ...headers, name: '=?base64?/w==?=' }],
  ])('is -32020 with its id where the headers say %s (T3, T4)', (_what, wrong) => {
    expect(judged(modern('delete'), wrong as never, ['write'])).toEqual({ verdict: 'header_mismatch', id: 7 })
  })

  it('is -32020 where the body does not say so, or is a batch', () => {
    expect(judged(call('delete'), headers, ['write']).verdict).toBe('header_mismatch')
    expect(judged([modern('delete')], headers, ['write']).verdict).toBe('allowed')
    expect(judged([modern('delete'), modern('delete')], headers, ['write']).verdict).toBe('header_mismatch')
  })

  it('of a version nobody knows is -32022', () => {
    expect(judged(call('delete'), { version: '1999-01-01' }, ['write'])).toEqual({
      verdict: 'version_unsupported',
      id: 7,
    })
  })
})

describe('what no rule concerns', () => {
  it.each([
    [{ method: 'tools/list' }],
    [{ method: 'initialize', id: 1, params: { capabilities: {} } }],
    [{ id: 1, result: { Name: 'x' } }],
    [call('add')],
  ])('passes in any version: %j', (body) => {
    expect(
      judged(body, 'params' in body && 'name' in (body.params as object) ? {} : { version: '1999-01-01' }).verdict,
    ).toBe('allowed')
  })
})

/** The tool that a reader without suspicion would call. */
function toolOf(text: string): unknown {
  try {
    const parsed = JSON.parse(text) as { method?: unknown; params?: { name?: unknown } } | null
    return parsed?.method === 'tools/call' ? parsed.params?.name : undefined
  } catch {
    return undefined
  }
}

describe('any body at all', () => {
  it('is judged without a failure', () => {
    const bodies = fc.oneof(
      fc.json({ maxDepth: 8 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    )
    fc.assert(
      fc.property(bodies, (body) => {
        expect(['allowed', 'unreadable', 'scope_insufficient']).toContain(judged(body).verdict)
      }),
      { numRuns: 500 },
    )
  }, 30_000)

  it('never lets a ruled tool through, however a call of it is mutated', () => {
    const ruled = JSON.stringify(call('delete'))
    fc.assert(
      fc.property(fc.nat(ruled.length), fc.string({ maxLength: 3 }), (at, inserted) => {
        const mutated = `${ruled.slice(0, at)}${inserted}${ruled.slice(at)}`
        expect(toolOf(mutated) !== 'delete' || judged(mutated).verdict !== 'allowed').toBe(true)
      }),
      { numRuns: 1_000 },
    )
  }, 30_000)
})
