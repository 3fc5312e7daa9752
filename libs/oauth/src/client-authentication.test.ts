import { describe, expect, it } from 'vitest'
import {
  CLIENT_ASSERTION_ALGORITHMS,
  CLIENT_AUTHENTICATION_METHODS,
  negotiateMethods,
} from './client-authentication.ts'

const all = CLIENT_AUTHENTICATION_METHODS
const secretless = ['none', 'private_key_jwt'] as const

describe('the methods of a client', () => {
  it.each([
    [{ one: 'none' }, all, ['none']],
    [{}, all, ['client_secret_basic']],
    [{ list: [] }, all, ['client_secret_basic']],
    [{ list: ['none', 'private_key_jwt'] }, all, ['none', 'private_key_jwt']],
    [{ one: 'private_key_jwt', list: ['none', 'private_key_jwt'] }, secretless, ['private_key_jwt', 'none']],
    [{ one: 'private_key_jwt', list: ['none'] }, ['none'] as const, ['none']],
    [{ one: 'tls_client_auth', list: ['none'] }, secretless, ['none']],
    [{ one: 'tls_client_auth' }, all, []],
    [{ one: 'client_secret_basic' }, secretless, []],
    [{ list: ['self_signed_tls_client_auth'] }, all, []],
  ])('stated as %j, of which %j are possible, are %j', (stated, possible, expected) => {
    expect(negotiateMethods(stated, possible, 'client_secret_basic')).toEqual(expected)
  })
})

describe('the algorithms of a client assertion', () => {
  it('are all asymmetric, so that a public key is never a secret', () => {
    for (const algorithm of CLIENT_ASSERTION_ALGORITHMS) expect(algorithm).toMatch(/^(?:ES|PS|RS|Ed)/)
  })
})
