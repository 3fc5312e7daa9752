import { describe, expect, it } from 'vitest'
import { GOOD_SECRET, loadText, problemsOf } from '../fixture.ts'

const withService = (entry: string) =>
  `issuer: https://g.example
session_secret: ${GOOD_SECRET}
oauth_providers: { google: { client_id: id, client_secret: s } }
mcp_services:
  a:
    name: A
    url: http://localhost:1
    scopes: [read, write]
${entry.replaceAll(/^/gm, '    ')}
`

describe('rules for tools, resources and prompts', () => {
  it('may name groups beside scopes', () => {
    const { config } = loadText(
      withService('tools: { add: { groups: [staff] }, sub: { scopes: [write], groups: [a, b] } }'),
    )
    expect(config.mcp_services.a?.tools).toEqual({
      add: { scopes: [], groups: ['staff'] },
      sub: { scopes: ['write'], groups: ['a', 'b'] },
    })
  })

  it('are a problem where groups are none, or scopes strange beside them', () => {
    expect(problemsOf(withService('tools: { add: { groups: [] } }'))).toEqual([
      expect.stringContaining('mcp_services.a.tools.add'),
    ])
    expect(problemsOf(withService('tools: { add: { scopes: [admin], groups: [x] } }'))).toEqual([
      expect.stringContaining('mcp_services.a.tools.add: takes scopes that are not among the service\'s own: "admin"'),
    ])
  })

  it('map names and patterns to scopes', () => {
    const { config } = loadText(withService('tools: { add: [], "delete_*": [write] }\nprompts: { "*": [read] }'))
    expect(config.mcp_services.a?.tools).toEqual({ add: [], 'delete_*': ['write'] })
    expect(config.mcp_services.a?.prompts).toEqual({ '*': ['read'] })
  })

  it('cannot take a scope that the service does not offer, since no token could have it', () => {
    expect(problemsOf(withService('tools: { add: [admin] }'))).toEqual([
      expect.stringContaining('mcp_services.a.tools.add: takes scopes that are not among the service\'s own: "admin"'),
    ])
  })

  it('have no place on a public service, and neither has an audience', () => {
    expect(problemsOf(withService('auth_required: false\naudience: x\nresources: { "*": [read] }'))).toEqual([
      expect.stringContaining('audience: has no meaning on a public service'),
      expect.stringContaining('resources: cannot be judged on a public service'),
    ])
  })
})

describe('words for scopes', () => {
  const describing = (words: string) => withService(`scope_descriptions: { read: ${JSON.stringify(words)} }`)

  it('are kept by the scope that they describe; the others keep their names', () => {
    expect(loadText(describing('See your sums')).config.mcp_services.a?.scope_descriptions).toEqual({
      read: 'See your sums',
    })
  })

  it('cannot describe what the service does not offer: a slip of the pen would go unseen', () => {
    expect(problemsOf(withService('scope_descriptions: { raed: "See your sums" }'))).toEqual([
      expect.stringContaining("mcp_services.a.scope_descriptions.raed: describes what is not among the service's own"),
    ])
  })

  it.each([
    ['empty', '', 'must not be empty'],
    ['too long for a page', 'x'.repeat(121), 'must have at most 120 characters'],
    ['of two lines', 'See\nall', 'must be one line of visible characters'],
    ['turned round', 'See \u202Ella', 'must be one line of visible characters'],
    ['padded', ' See all', 'must not begin or end with a space'],
  ])('are a problem when %s', (_, words, problem) => {
    expect(problemsOf(describing(words))).toEqual([expect.stringContaining(problem)])
  })

  it('are counted in characters, not in the units that they are kept in', () => {
    const words = '\u{1F9EE}'.repeat(120)
    expect(loadText(describing(words)).config.mcp_services.a?.scope_descriptions).toEqual({ read: words })
  })
})

describe('upstream', () => {
  it('keeps the values of headers as secrets', () => {
    const { config } = loadText(withService('upstream: { headers: { X-Api-Key: hush } }'))
    const header = config.mcp_services.a?.upstream.headers['X-Api-Key']
    expect([String(header), header?.open()]).toEqual(['[secret]', 'hush'])
  })

  it.each(['Host', 'mcp-session-id', 'X-User-Id', 'x-gateway-assertion', 'Transfer-Encoding'])(
    'does not replace %s, which the gateway decides',
    (name) => {
      expect(problemsOf(withService(`upstream: { headers: { ${name}: x } }`))).toEqual([
        expect.stringContaining(`mcp_services.a.upstream.headers.${name}: is decided by the gateway`),
      ])
    },
  )

  it('takes no header that would end early, and does not show it', () => {
    const [problem, ...others] = problemsOf(withService('upstream: { headers: { X-Key: "hush\\r\\nX-Admin: 1" } }'))
    expect(problem).toMatch(/must be printable ASCII on one line/)
    expect(problem).not.toContain('hush')
    expect(others).toEqual([])
  })
})
