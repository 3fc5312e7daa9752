import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ProxyRefusal, refusals } from './refusals.ts'

describe('the refusal table of the README', () => {
  it('says what the code says', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const documented = [
      ...readme.matchAll(/^\| `([a-z_]+)` +\| (\d{3}) +\| (?:`([a-z_]+)`|JSON-RPC (-\d+)) +\|/gm),
    ].map(([, code, status, error, rpcCode]) => [code, Number(status), error ?? Number(rpcCode)])
    const coded = Object.entries<ProxyRefusal>(refusals).map(([code, { status, error, rpcCode }]) => [
      code,
      status,
      rpcCode ?? error,
    ])
    expect(documented).toEqual(coded)
  })
})
