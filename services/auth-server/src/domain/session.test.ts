import { describe, expect, it } from 'vitest'
import { browserName, remainingMs, suffices } from './session.ts'

const life = { idleMs: 100, maxMs: 1_000 }
const session = { sub: 'custom:1', auth_time: 50, started_at: 0, used_at: 900, browser: '' }
const profile = { sub: 'custom:1', id: '1', provider: 'custom', email: 'Ada@example.com' }

describe('a browser session', () => {
  it('ends when it is idle, and at its end however often it is used', () => {
    expect(remainingMs({ ...session, used_at: 0 }, life, 100)).toBe(100)
    expect(remainingMs({ ...session, used_at: 0 }, life, 101)).toBe(0)
    expect(remainingMs(session, life, 950)).toBe(50)
    expect(remainingMs({ ...session, used_at: 1_000 }, life, 1_001)).toBe(0)
  })

  it('stands for a sign-in that the client does not want anew (OpenID Connect Core §3.1.2.1)', () => {
    const now = 60_000
    expect(suffices(session, profile, {}, now)).toBe(true)
    expect(suffices(session, profile, { max_age: 10 }, now)).toBe(true)
    for (const hint of ['custom:1', '1', 'ada@example.com']) {
      expect(suffices(session, profile, { login_hint: hint }, now)).toBe(true)
    }
  })

  it.each([{ max_age: 9 }, { prompt: 'login' }, { prompt: 'select_account' }, { login_hint: 'grace@example.com' }])(
    'does not stand for it when the client asks for %j',
    (wishes) => {
      expect(suffices(session, profile, wishes, 60_000)).toBe(false)
    },
  )
})

describe("a browser's name", () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0', 'Firefox, Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150 Safari/537.36 Edg/150',
      'Edge, Windows',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150 Mobile Safari/537.36',
      'Chrome, Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1',
      'Safari, iPhone',
    ],
    ['<script>alert(1)</script>', ''],
    [undefined, ''],
  ])('of %j is %j, in words of ours', (userAgent, name) => {
    expect(browserName(userAgent)).toBe(name)
  })
})
