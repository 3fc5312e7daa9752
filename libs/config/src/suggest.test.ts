import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from './suggest.ts'

describe('edit distance', () => {
  it.each([
    ['issuer', 'issuer', 0],
    ['isuer', 'issuer', 1],
    ['isseur', 'issuer', 1],
    ['prot', 'port', 1],
    ['', 'port', 4],
    ['kitten', 'sitting', 3],
  ])('of %s and %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })
})

describe('the nearest key', () => {
  const known = ['host', 'port', 'issuer', 'session_secret', 'allow_origins']

  it('is what was meant: a slip, a swap, another case', () => {
    expect(nearest('prot', known)).toBe('port')
    expect(nearest('Issuer', known)).toBe('issuer')
    expect(nearest('sesion_secert', known)).toBe('session_secret')
    expect(nearest('allowed_origins', known)).toBe('allow_origins')
  })

  it('is none when nothing is near', () => {
    expect(nearest('database', known)).toBeUndefined()
  })
})
