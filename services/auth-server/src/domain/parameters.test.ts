import { CHARACTER_MAX, characterAt } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { credentialsOf } from '../authentication.ts'
import { readParameters } from './parameters.ts'

const text = fc.string({ unit: fc.nat(CHARACTER_MAX).map(characterAt) })

describe('the parameters of a request', () => {
  it('are each there at most once; an empty one is absent, a repeated one is known as such (RFC 6749 §3.1)', () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text, { minLength: 2 }))), (raw) => {
        const parameters = readParameters(raw)
        for (const [name, value] of Object.entries(raw)) {
          expect(parameters.get(name)).toBe(typeof value === 'string' && value !== '' ? value : undefined)
          expect(parameters.repeated.has(name)).toBe(Array.isArray(value))
        }
        expect(parameters.entries().every(([name, value]) => raw[name] === value)).toBe(true)
      }),
    )
  })

  it('are none where there is no object, and nothing of the prototype', () => {
    for (const raw of [undefined, null, 'text', 7, []]) expect(readParameters(raw).get('length')).toBeUndefined()
    for (const name of ['constructor', '__proto__', 'toString']) expect(readParameters({}).get(name)).toBeUndefined()
  })
})

describe('the Basic header', () => {
  const read = (authorization: string) => credentialsOf(authorization, readParameters({}))
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

  it('gives back id and secret, encoded or not, whatever they are (RFC 6749 §2.3.1)', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9._~-]+$/)
    const secret = fc.string({ unit: 'grapheme' })
    const formEncoded = (value: string) => new URLSearchParams({ v: value }).toString().slice(2)
    fc.assert(
      fc.property(id, secret, (client_id, client_secret) => {
        const expected = { method: 'client_secret_basic', client_id, client_secret }
        expect(read(basic(`${client_id}:${client_secret}`))[0]).toEqual(expected)
        expect(read(basic(`${formEncoded(client_id)}:${formEncoded(client_secret)}`))).toContainEqual(expected)
      }),
    )
  })

  it('is read or refused, never anything else', () => {
    const outcomes = (header: string): unknown[] => {
      try {
        return read(header).map(({ method }) => method)
      } catch (error) {
        return [(error as { code?: string }).code]
      }
    }
    fc.assert(
      fc.property(text, fc.boolean(), (header, encode) => {
        const known = ['client_secret_basic', 'authentication_malformed']
        expect(known).toEqual(expect.arrayContaining(outcomes(encode ? basic(header) : header)))
      }),
    )
  })
})
