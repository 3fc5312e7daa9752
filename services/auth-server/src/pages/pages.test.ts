import { readHtml, testConfig, testDeps } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authorizePath } from '../test-support/journey.ts'
import { clientOf, setStage } from '../test-support/stage.ts'
import { consentView } from './consent-view.ts'
import { createPages } from './pages.ts'
import { textsIn } from './texts.ts'

const english = textsIn('en')

const service = {
  id: 's',
  name: 'Calculator',
  url: 'http://10.0.0.1/mcp',
  auth_required: true,
  scopes: ['read'],
  require_scopes: 'any' as const,
  timeout: 1,
}
const pages = createPages({ name: 'Brand', color: '#3046c5' }).en

function consentOf(changes: {
  id?: string
  name?: string
  redirect_uri?: string
  origin?: 'registered' | 'configured' | 'metadata_document'
  scopes?: string[]
  scope_descriptions?: Record<string, string>
}) {
  const asked = {
    client: { id: changes.id ?? 'c1', name: changes.name, origin: changes.origin ?? ('registered' as const) },
    redirect_uri: changes.redirect_uri ?? 'https://app.example/cb',
    service: 's',
    resource: 'https://gateway.example/s/mcp',
    scopes: changes.scopes ?? ['read'],
    code_challenge: 'x',
  }
  const { scope_descriptions } = changes
  const described = scope_descriptions === undefined ? service : { ...service, scope_descriptions }
  return pages.consent(consentView(asked, described, { texts: english, requestId: 'r', envelope: 'sealed' }))
}

describe('the consent page', () => {
  it('names the client, the host that gets the answer, the service and the scopes in words (A7, A16)', () => {
    const html = consentOf({ name: 'Example App', scopes: ['openid', 'offline_access', 'read'] })
    expect(html).toContain('<h1>Allow Example App to use Calculator?</h1>')
    expect(html).toContain('<strong class="host">app.example</strong>')
    expect(html).toContain('https://gateway.example/s/mcp')
    expect(html).toContain('Know who you are')
    expect(html).toContain('Stay connected while you are away')
    expect(html).toContain('<code>read</code>')
    expect(html).toContain('Brand')
  })

  const listed = (html: string) => {
    const [list = ''] = /<ul class="scopes">.*?<\/ul>/s.exec(html) ?? []
    return [...list.matchAll(/<li>(.*?)<\/li>/gs)].map(([, item]) => item)
  }

  it('says what a scope is in the words of the operator, with the name beside them for those who look', () => {
    const scope_descriptions = { read: 'See what was <calculated>' }
    expect(listed(consentOf({ scopes: ['read', 'purge', 'email'], scope_descriptions }))).toEqual([
      'See what was &lt;calculated&gt; <code class="aside">read</code>',
      'In Calculator: <code>purge</code>',
      'See your e-mail address <code class="aside">email</code>',
    ])
  })

  it('lets no entry of a service say that knowing who somebody is means something else', () => {
    const html = consentOf({ scopes: ['openid'], scope_descriptions: { openid: 'Nothing at all' } })
    expect(html).not.toContain('Nothing at all')
    expect(html).toContain('Know who you are')
  })

  it('shows words without their tricks, and never in full length, wherever the fact came from', () => {
    const [words, long, blank] = listed(
      consentOf({
        scopes: ['a', 'b', 'c'],
        scope_descriptions: { a: 'See \u202Ella\n now', b: 'x'.repeat(5_000), c: '\u200B ' },
      }),
    )
    expect(words).toBe('See lla now <code class="aside">a</code>')
    expect(long).toBe(`${'x'.repeat(120)}… <code class="aside">b</code>`)
    expect(blank).toBe('In Calculator: <code>c</code>')
  })

  it('says whether anybody has checked the client', () => {
    expect(consentOf({})).toContain('Unverified app')
    expect(consentOf({ origin: 'configured' })).not.toContain('Unverified app')
    const id = 'https://claude.ai/oauth/mcp-oauth-client-metadata'
    expect(consentOf({ origin: 'metadata_document', id })).toContain('Verified: claude.ai')
  })

  it.each(['http://localhost:1/cb', 'http://127.0.0.1/cb', 'http://[::1]:2/cb', 'cursor://anysphere.cursor-mcp/cb'])(
    'warns of %s, where any program could listen (A6)',
    (redirect_uri) => {
      expect(consentOf({ redirect_uri })).toContain('Did you start this just now?')
      expect(consentOf({})).not.toContain('Did you start this just now?')
    },
  )

  it('has two buttons and works without script', () => {
    const { forms } = readHtml(consentOf({}))
    expect(forms).toHaveLength(1)
    expect(forms[0]?.buttons.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'decision=deny',
      'decision=approve',
    ])
  })

  it('shows a name without its tricks, and never in full length', () => {
    expect(consentOf({ name: 'Goo\u202Egle\u200B\n\u0007' })).toContain('Allow Goo gle to use')
    expect(consentOf({ name: 'x'.repeat(500) })).toContain(`Allow ${'x'.repeat(60)}… to use`)
    expect(consentOf({ name: '\u200B' })).toContain('An app without a name')
  })

  it('cannot be written into by any name, URI or scope (advisory: consent page HTML injection)', () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 50 }),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='x",
        '<%= 1 %>',
        '</title>',
      ),
    )
    const skeleton = (html: string) =>
      html.replaceAll(/>[^<]*/g, '>').replaceAll(/<\/?(?:li|code)(?: class="aside")?>/g, '')
    const expected = skeleton(consentOf({ name: 'App' }))
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, scope, words) => {
        expect(skeleton(consentOf({ name, scopes: [scope] }))).toBe(expected)
        const described = consentOf({ name, scopes: [scope], scope_descriptions: { [scope]: words } })
        expect(skeleton(described)).toBe(expected)
      }),
    )
    const problem = pages.problem({ code: 'login_failed', requestId: '"><b>', back: 'https://a.example/?"><script>' })
    expect(problem).not.toMatch(/<b>|<script/)
    expect(pages.hop({ title: '<b>', note: '<b>', url: 'https://a.example/?"><script>' })).not.toMatch(/<b>|<script/)
  })
})

describe("the operator's branding", () => {
  it('carries the logo in the page, and allows no image from elsewhere', () => {
    const logo = 'data:image/png;base64,AAAA'
    const branded = createPages({ name: 'B', color: '#ffff00', logo }).en
    expect(branded.policy).toContain("default-src 'none'; ")
    expect(branded.policy).toContain(' img-src data:; ')
    expect(branded.hop({ title: 't', note: 'n', url: 'https://a.example/' })).toContain(`<img src="${logo}" alt="">`)
    expect(pages.policy).not.toContain('img-src')
  })
})

describe('what a stranger registers', () => {
  it('is shown as text, from the endpoint on', async () => {
    const client = clientOf({ client_name: '<script>alert(1)</script>"\'&' })
    const made = await setStage(await testDeps({ config: testConfig({ branding: { name: 'A & B <i>' } }) }), { client })
    onTestFinished(() => made.close())
    const { text } = await made.send(authorizePath(made))
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;')
    expect(text).toContain('A &amp; B &lt;i&gt;')
    expect(text).not.toContain('<script')
  })
})

describe('the problem page', () => {
  it.each(Object.keys(english.problems) as (keyof typeof english.problems)[])(
    '%s: what, who, and the request id',
    (code) => {
      const html = pages.problem({ code, requestId: 'r-1' })
      const { title, happened, mend } = english.problems[code]
      for (const text of [title, happened, mend]) expect(text.length).toBeGreaterThan(10)
      expect(html).toContain(`<h1>${title}</h1>`)
      expect(html).toContain('<code>r-1</code>')
    },
  )
})
