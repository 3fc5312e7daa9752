import { describe, expect, it } from 'vitest'
import { shortened } from './listing.ts'

const may = ({ kind, name }: { kind: string; name: string }) => !(kind === 'tools' ? /^secret/ : /^x:/).test(name)
const answer = (result: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result })
const tool = (name: string) => ({ name, inputSchema: { type: 'object' } })

describe('a list in an answer', () => {
  it('loses what its reader may not ask for, and keeps its order, its cursor and all else', () => {
    const meta = { nextCursor: 'c', _meta: { a: 1 }, ttlMs: 0 }
    expect(shortened(answer({ tools: [tool('add'), tool('secret_1'), tool('sub')], ...meta }), may)).toBe(
      answer({ tools: [tool('add'), tool('sub')], ...meta }),
    )
  })

  it.each([
    ['resources', 'uri'],
    ['resourceTemplates', 'uriTemplate'],
  ])('of %s is judged by %s', (member, named) => {
    const list = (...uris: string[]) => answer({ [member]: uris.map((uri) => ({ [named]: uri, name: 'secret' })) })
    expect(shortened(list('x:1', 'y:1'), may)).toBe(list('y:1'))
  })

  it('may end up empty, which is a list all the same', () => {
    expect(shortened(answer({ tools: [tool('secret')] }), may)).toBe(answer({ tools: [] }))
  })

  it('in a batch is shortened, the other answers are not', () => {
    const batch = (tools: unknown[]) => `[${answer({ content: [] })},${answer({ tools })}]`
    expect(shortened(batch([tool('secret'), tool('add')]), may)).toBe(batch([tool('add')]))
  })

  it('keeps numbers as they were written', () => {
    const text = (tools: string) => `{"id":12345678901234567890,"result":{"tools":[${tools}],"ttlMs":1.0}}`
    expect(shortened(text('{"name":"secret"},{"name":"a","x":1.50e2}'), may)).toBe(text('{"name":"a","x":1.50e2}'))
  })

  it('is private for caches as soon as it depends on its reader (T11)', () => {
    expect(shortened(answer({ tools: [tool('add')], cacheScope: 'public' }), may)).toBe(
      answer({ tools: [tool('add')], cacheScope: 'private' }),
    )
  })
})

describe('what has no list to shorten', () => {
  it.each([
    answer({ tools: [tool('add')] }),
    answer({ content: [{ type: 'text', text: 'tools' }] }),
    answer({ tools: 'secret' }),
    answer({ tools: [1, null, { name: 7 }] }),
    '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
    'no JSON',
    '',
    'null',
    '[]',
  ])('stays as it is: %s', (text) => {
    expect(shortened(text, may)).toBeUndefined()
  })
})
