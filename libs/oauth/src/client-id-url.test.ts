import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientIdUrlProblem, isClientIdUrl } from './client-id-url.ts'

describe('a client id that is a URL (draft-ietf-oauth-client-id-metadata-document §3)', () => {
  it.each([
    'https://claude.ai/oauth/mcp-oauth-client-metadata',
    'https://chatgpt.com/oauth/kDmjx77UnKOM/client.json',
    'https://vscode.dev/oauth/client-metadata.json',
    'https://app.example:8443/client',
    'https://app.example/client?version=2',
    'https://xn--bcher-kva.example/client',
  ])('may be %s', (id) => {
    expect(isClientIdUrl(id)).toBe(true)
    expect(clientIdUrlProblem(id)).toBeUndefined()
  })

  it.each([
    'http://app.example/client',
    'https://app.example',
    'https://app.example/',
    'https://app.example/.',
    'https://app.example/a/./b',
    'https://app.example/a/%2e%2e/b',
    'https://app.example/#f',
    'https://app.example/a#',
    'https://user:pass@app.example/a',
    'https://app.example:443/a',
    'https://app.example:99999/a',
    'https://APP.example/a',
    'HTTPS://app.example/a',
    'https://bücher.example/a',
    'https://app_.example/a',
    'https://127.0.0.1/a',
    'https://127.1/a',
    'https://0x7f000001/a',
    'https://[::1]/a',
    'https://app.example/a\nb',
    'https://app.example/a b',
    'https://app.example\\a',
    'https:///a',
    'https:app.example/a',
    ' https://app.example/a',
    'https://app.example/a?x y',
    `https://app.example/${'a'.repeat(1_024)}`,
    'app.example/a',
    '',
  ])('may not be %j', (id) => {
    expect(clientIdUrlProblem(id)).toBeDefined()
  })

  it('is read in one way only, whatever it is: as text, and by any parser', () => {
    const parts = fc.constantFrom(
      'https://',
      'a.example',
      '/',
      '.',
      '..',
      '%2e',
      '@',
      ':',
      '443',
      '#',
      '?',
      '\\',
      ' ',
      'b',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (pieces) => {
        const id = `https://${pieces.join('')}`
        if (clientIdUrlProblem(id) !== undefined) return
        const url = new URL(id)
        expect(url.href).toBe(id)
        expect([url.username, url.password, url.hash, url.protocol]).toEqual(['', '', '', 'https:'])
      }),
      { numRuns: 2_000 },
    )
  })
})
