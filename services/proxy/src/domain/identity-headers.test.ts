import { describe, expect, it } from 'vitest'
import { headerText, identityHeaders } from './identity-headers.ts'

const user = { sub: 'google:123', client_id: 'c1', provider: 'google' }

describe('the identity headers', () => {
  it('say who the user is, with the id whole after the first colon (original-28)', () => {
    expect(
      identityHeaders({ ...user, sub: 'custom:urn:user:7', email: 'a@b.example', name: 'A', picture: 'p' }),
    ).toEqual([
      'x-user-id',
      'urn:user:7',
      'x-user-email',
      'a@b.example',
      'x-user-name',
      'A',
      'x-user-provider',
      'google',
      'x-user-avatar',
      'p',
    ])
  })

  it('withhold an e-mail that the provider states as not verified, and no other', () => {
    const names = (email_verified?: boolean) => identityHeaders({ ...user, email: 'a@b.example', email_verified })
    expect(names(false)).not.toContain('x-user-email')
    expect(names(true)).toContain('x-user-email')
    expect(names(undefined)).toContain('x-user-email')
  })

  it('leave out what the token does not say', () => {
    expect(identityHeaders({ sub: 'google:123', client_id: 'c1', name: '' })).toEqual(['x-user-id', '123'])
  })

  it('are none for a machine client (RFC 9068 §2.2: its sub is the client)', () => {
    expect(identityHeaders({ sub: 'c1', client_id: 'c1' })).toEqual([])
    expect(identityHeaders({ sub: 'https://c.example/id', client_id: 'https://c.example/id' })).toEqual([])
  })
})

describe('a header text', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['Zoë 50 %', 'Zo%C3%AB 50 %25'],
    ['李小龍', '%E6%9D%8E%E5%B0%8F%E9%BE%8D'],
    ['a\r\nx-user-id: admin', 'a%0D%0Ax-user-id: admin'],
    [' padded ', '%20padded%20'],
    ['😀', '%F0%9F%98%80'],
    ['\u0000\u007f', '%00%7F'],
  ])('%j becomes %j, from which decodeURIComponent restores it (original-21)', (text, sent) => {
    expect(headerText(text)).toBe(sent)
    expect(decodeURIComponent(sent)).toBe(text)
  })

  it('is well-formed for a lone surrogate too', () => {
    expect(decodeURIComponent(headerText('a\ud800'))).toBe('a\ufffd')
  })
})
