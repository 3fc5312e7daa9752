import { describe, expect, it } from 'vitest'
import { CUSTOM_CLAIMS, OIDC_CLAIMS } from './claims.ts'
import { profileOf, sameProfile } from './profile.ts'
import { github } from './providers/github.ts'

const custom = (claims: Record<string, unknown>) => profileOf('custom', claims, CUSTOM_CLAIMS)
const oidc = (claims: Record<string, unknown>) => profileOf('oidc', { sub: '1', ...claims }, OIDC_CLAIMS)

describe('the id of a person', () => {
  it('comes whole from id, sub or user_id, in this order (original-28: ids were cut at the last colon)', () => {
    expect(custom({ id: 'a:b:c', sub: 'x' })).toMatchObject({ id: 'a:b:c', sub: 'custom:a:b:c' })
    expect(custom({ sub: 'x', user_id: 'y' })?.id).toBe('x')
    expect(custom({ user_id: 'y' })?.id).toBe('y')
    expect(custom({ id: 42 })?.sub).toBe('custom:42')
  })

  it('is never empty, so that two people without one do not become one (original-28)', () => {
    for (const id of [undefined, null, '', '  ', {}, [], true, Number.NaN]) expect(custom({ id })).toBeUndefined()
    expect(custom({ id: '', sub: 'x' })?.id).toBe('x')
  })

  it('is refused, never cut or cleaned, when it is too long, imprecise, or would break a header', () => {
    expect(custom({ id: 'x'.repeat(256) })).toBeUndefined()
    expect(custom({ id: 2 ** 53 })).toBeUndefined()
    expect(custom({ id: 'a\nb' })).toBeUndefined()
    expect(custom({ id: '\uD800' })).toBeUndefined()
  })

  it('of OpenID Connect is sub alone: the ID token vouches for nothing else', () => {
    expect(profileOf('oidc', { id: 'x' }, OIDC_CLAIMS)).toBeUndefined()
    expect(oidc({ id: 'x' })?.id).toBe('1')
  })
})

describe('a profile', () => {
  it('takes name and avatar of a custom provider from the names seen in the wild', () => {
    expect(custom({ id: 1, display_name: 'D', username: 'u', profile_image_url: 'https://x.example/a' })).toEqual({
      sub: 'custom:1',
      id: '1',
      provider: 'custom',
      name: 'D',
      picture: 'https://x.example/a',
    })
  })

  it('knows what GitHub calls it', () => {
    const answer = { id: 583_231, login: 'octocat', name: null, email: null, avatar_url: 'https://a.example/u/1' }
    expect(profileOf('github', answer, { ...CUSTOM_CLAIMS, ...github.claims })).toEqual({
      sub: 'github:583231',
      id: '583231',
      provider: 'github',
      name: 'octocat',
      picture: 'https://a.example/u/1',
    })
  })

  it('says of an e-mail only what the provider says: verified, unverified, or nothing', () => {
    const email = 'a@b.example'
    expect(oidc({ email, email_verified: true })?.email_verified).toBe(true)
    expect(oidc({ email, email_verified: 'true' })?.email_verified).toBe(true)
    expect(oidc({ email, email_verified: false })?.email_verified).toBe(false)
    expect(oidc({ email, email_verified: 'yes' })).not.toHaveProperty('email_verified')
    expect(oidc({ email })).not.toHaveProperty('email_verified')
    expect(oidc({ email_verified: true })).not.toHaveProperty('email_verified')
    expect(oidc({ email: 'no address' })).not.toHaveProperty('email')
  })

  it('keeps every script of the world in a name, and takes out what could rearrange a page or a log', () => {
    expect(oidc({ name: 'Søren Ünal 山田 👩‍🚀' })?.name).toBe('Søren Ünal 山田 👩‍🚀')
    expect(oidc({ name: ' A\u0000d\na\u202E ' })?.name).toBe('Ada')
    expect(oidc({ name: '\u0007' })).not.toHaveProperty('name')
    expect(oidc({ name: '👍'.repeat(300) })?.name).toBe('👍'.repeat(200))
  })

  it('has an avatar only of the web, without credentials', () => {
    for (const picture of ['javascript:alert(1)', 'data:image/png;base64,AA', '/a.png', 'https://u:p@x.example/', 7]) {
      expect(oidc({ picture })).not.toHaveProperty('picture')
    }
    expect(oidc({ picture: 'https://x.example/ü.png' })?.picture).toBe('https://x.example/%C3%BC.png')
  })

  it('is the same only when nothing was added, removed or changed', () => {
    const one = oidc({ name: 'A' })!
    expect(sameProfile(one, oidc({ name: 'A' })!)).toBe(true)
    expect(sameProfile(one, oidc({ name: 'B' })!)).toBe(false)
    expect(sameProfile(one, oidc({})!)).toBe(false)
    expect(sameProfile(oidc({})!, one)).toBe(false)
  })
})
