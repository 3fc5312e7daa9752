import { describe, expect, it } from 'vitest'
import { assertFilter, assertId, assertName, assertSubject, serviceOf, subjectMatcher } from './subjects.ts'

describe('subjects', () => {
  it.each([
    ['evt.a.b', 'evt.a.b', true],
    ['evt.a.b', 'evt.a.c', false],
    ['evt.a.*', 'evt.a.b', true],
    ['evt.a.*', 'evt.a', false],
    ['evt.a.*', 'evt.a.', false],
    ['evt.a.*', 'evt.a.b.c', false],
    ['evt.a.*', 'evt.ab.c', false],
    ['evt.>', 'evt.a', true],
    ['evt.>', 'evt.a.b.c', true],
    ['evt.>', 'evt', false],
    ['*', 'evt', true],
    ['*', 'evt.a', false],
    ['>', 'evt.a', true],
    ['audit.*.*.0f', 'audit.token.issued.0f', true],
    ['audit.*.*.0f', 'audit.token.issued.0e', false],
    ['audit.*.*.0f', 'audit.token.0f', false],
    ['audit.*.*.0f', 'audit.token.issued.more.0f', false],
    ['audit.*.issued.>', 'audit.token.issued.0f', true],
    ['audit.*.issued.>', 'audit.token.issued', false],
    ['*.a', 'evt-a', false],
  ])('%s selects %s: %s', (filter, subject, expected) => {
    expect(subjectMatcher(filter)(subject)).toBe(expected)
  })

  it.each(['evt.a', 'req.token-issuer.issue-token', 'audit.a.b.0f', 'evt.x.=abc_DEF-123'])('takes %s', (subject) => {
    expect(() => assertSubject(subject)).not.toThrow()
    expect(() => assertFilter(subject)).not.toThrow()
  })

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a\tb', 'a\r\nb', 'a.*', 'a.>', '*', '>', 'ä', 'a'.repeat(513)])(
    'takes no subject %j',
    (subject) => {
      expect(() => assertSubject(subject)).toThrow(TypeError)
    },
  )

  it.each(['>.a', 'a.>.b', 'a*', 'a.b>', '', 'a b'])('takes no filter %j', (filter) => {
    expect(() => assertFilter(filter)).toThrow(TypeError)
  })

  it.each(['*', '>', '*.a', 'a.*.*.b', 'a.*.>'])('takes filter %j', (filter) => {
    expect(() => assertFilter(filter)).not.toThrow()
  })

  it.each(['', 'a.b', 'a b', '*', 'a/b'])('takes no name %j', (name) => {
    expect(() => assertName(name)).toThrow(TypeError)
  })

  it.each(['', 'a b', 'a\nb', 'ä', 'a'.repeat(257)])('takes no id %j', (id) => {
    expect(() => assertId(id)).toThrow(TypeError)
  })

  it('names the service that an operation belongs to', () => {
    expect(serviceOf('req.token-issuer.issue-token')).toBe('token-issuer')
    expect(serviceOf('evt.registry.client.x')).toBe('evt.registry.client.x')
  })
})
