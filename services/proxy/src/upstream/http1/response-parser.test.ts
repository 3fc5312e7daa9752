import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedResponse } from './malformed.ts'
import { ResponseParser } from './response-parser.ts'

interface Read {
  readonly heads: { status: number; headers: Record<string, unknown> }[]
  body: string
  ended: number
  closed: boolean
}

/** What is read of `pieces` as the answer to `method`, after which the connection ends. */
function read(pieces: readonly (string | Buffer)[], method = 'POST'): Read {
  const seen: Read = { heads: [], body: '', ended: 0, closed: false }
  const parser = new ResponseParser({
    onHead: ({ status, headers }) => seen.heads.push({ status, headers: { ...headers } }),
    onData: (chunk) => {
      seen.body += chunk.toString('latin1')
    },
    onEnd: () => seen.ended++,
  })
  parser.expect(method)
  for (const piece of pieces) parser.feed(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
  parser.end()
  seen.closed = true
  return seen
}

function outcomeOf(pieces: readonly string[]): string {
  try {
    return read(pieces).ended === 1 ? 'read' : 'neither'
  } catch (error) {
    return error instanceof MalformedResponse ? 'refused' : String(error)
  }
}

const OK = 'HTTP/1.1 200 OK\r\n'

describe('a response', () => {
  it.each<[string, string, string, string]>([
    ['of a stated length', 'POST', `${OK}Content-Length: 3\r\n\r\nabc`, 'abc'],
    ['of no length', 'POST', `${OK}Content-Length: 0\r\n\r\n`, ''],
    [
      'in chunks',
      'POST',
      `${OK}Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A;x="y"\r\n0123456789\r\n0\r\n\r\n`,
      'abc0123456789',
    ],
    ['in chunks with trailers', 'POST', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: b\r\n\r\n`, 'a'],
    ['until the connection ends', 'POST', `${OK}\r\nabc`, 'abc'],
    ['of HTTP/1.0', 'POST', 'HTTP/1.0 200 OK\r\n\r\nabc', 'abc'],
    ['without a reason', 'POST', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na', 'a'],
    ['to HEAD', 'HEAD', `${OK}Content-Length: 3\r\n\r\n`, ''],
    ['to HEAD, in chunks', 'HEAD', `${OK}Transfer-Encoding: chunked\r\n\r\n`, ''],
    ['that is 204', 'POST', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['that is 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n', ''],
  ])('%s is read (RFC 9112 §6.3)', (_what, method, text, body) => {
    expect(read([text], method)).toMatchObject({ body, ended: 1, closed: true })
  })

  it('has its names in lower case, spaces around values cut, repeats kept', () => {
    const [head] = read([`${OK}X-A: \t b c \t\r\nx-a:d\r\n__proto__: e\r\nConstructor:\r\n\r\n`]).heads
    expect(head?.headers).toEqual(
      Object.fromEntries([
        ['x-a', ['b c', 'd']],
        ['__proto__', 'e'],
        ['constructor', ''],
      ]),
    )
  })

  it('comes after interim ones, which have no body whatever they say', () => {
    const { heads, body } = read([
      `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 1\r\n\r\na`,
    ])
    expect([heads.map(({ status }) => status), body]).toEqual([[103, 100, 200], 'a'])
  })

  const whole = fc.record({
    body: fc.string({ unit: 'binary-ascii', maxLength: 60 }),
    names: fc.array(fc.stringMatching(/^x-[a-z0-9]{1,8}$/), { maxLength: 4 }),
    framing: fc.constantFrom('length', 'chunks', 'close'),
    chunkLength: fc.integer({ min: 1, max: 20 }),
    interim: fc.boolean(),
  })

  it('is the same however it is cut into pieces', () => {
    fc.assert(
      fc.property(whole, fc.array(fc.nat(400)), ({ body, names, framing, chunkLength, interim }, cuts) => {
        const chunks = body.match(new RegExp(`[^]{1,${chunkLength}}`, 'g')) ?? []
        const text = [
          interim ? 'HTTP/1.1 100 Continue\r\n\r\n' : '',
          OK,
          ...names.map((name) => `${name}: ${name}\r\n`),
          framing === 'length' ? `Content-Length: ${body.length}\r\n` : '',
          framing === 'chunks' ? 'Transfer-Encoding: chunked\r\n' : '',
          '\r\n',
          ...(framing === 'chunks'
            ? [...chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`), '0\r\nX: y\r\n\r\n']
            : [body]),
        ].join('')
        const at = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length]
        const pieces = at.slice(1).map((until, i) => text.slice(at[i], until))
        expect(read(pieces)).toEqual(read([text]))
        expect(read(pieces)).toMatchObject({ body, ended: 1 })
      }),
    )
  })
})

describe('what two readers could frame differently', () => {
  it.each([
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['the same length twice', 'Content-Length: 1\r\nContent-Length: 1\r\n\r\na'],
    ['a list of lengths', 'Content-Length: 1, 1\r\n\r\na'],
    ['a signed length', 'Content-Length: +1\r\n\r\na'],
    ['a hexadecimal length', 'Content-Length: 0x1\r\n\r\na'],
    ['an empty length', 'Content-Length:\r\n\r\n'],
    ['a length that no number holds', 'Content-Length: 99999999999999999999\r\n\r\na'],
    ['a length and chunks', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['another coding', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunked and something', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['identity', 'Transfer-Encoding: identity\r\n\r\n'],
    ['a coding that looks like chunked', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'X-A: a\r\n b\r\n\r\n'],
    ['a folded first header', ' X-A: a\r\n\r\n'],
    ['a bare line feed', 'X-A: a\nX-B: b\r\n\r\n'],
    ['lines that end with line feeds alone', 'Content-Length: 0\n\n'],
    ['a bare carriage return', 'X-A: a\rX-B: b\r\n\r\n'],
    ['a zero byte', 'X-A: a\0\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 1\r\n\r\na'],
    ['a line without a colon', 'Content-Length\r\n\r\n'],
    ['a name of nothing', ': a\r\n\r\n'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a signed chunk size', 'Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n'],
    ['a chunk size after a space', 'Transfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n'],
    ['a chunk size line with a bare line feed', 'Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n'],
    ['a bare return in a chunk’s extension', 'Transfer-Encoding: chunked\r\n\r\n1;a\rb\r\na\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', 'Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n'],
    ['a chunk that ends with a line feed', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n'],
    ['a trailer that is none', 'Transfer-Encoding: chunked\r\n\r\n0\r\nX A\r\n\r\n'],
    ['an endless chunk extension', `Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(2_000)}`],
    ['an endless head', `X-A: ${'a'.repeat(20_000)}`],
    ['endless trailers', `Transfer-Encoding: chunked\r\n\r\n0\r\n${`X-A: ${'a'.repeat(1_000)}\r\n`.repeat(20)}`],
    ['bytes after the response', 'Content-Length: 1\r\n\r\nab'],
    ['a second response', `Content-Length: 0\r\n\r\n${OK}Content-Length: 0\r\n\r\n`],
    ['an end in the head', 'X-A: a'],
    ['an end before the length is reached', 'Content-Length: 2\r\n\r\na'],
    ['an end before the last chunk', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n'],
    ['an end before the trailers’', 'Transfer-Encoding: chunked\r\n\r\n0\r\n'],
  ])('is no response: %s', (_what, rest) => {
    const text = OK + rest
    expect(() => read([text])).toThrow(MalformedResponse)
    expect(() => read(text.split(''))).toThrow(MalformedResponse)
  })

  it.each([
    'HTTP/2 200 OK',
    'HTTP/1.2 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 600 What',
    'HTTP/1.1 099 What',
    'HTTP/1.1 200OK',
    ' HTTP/1.1 200 OK',
    'http/1.1 200 OK',
    '220 smtp.example ESMTP',
    '',
  ])('is no response: a status line "%s"', (line) => {
    expect(() => read([`${line}\r\n\r\n`])).toThrow(MalformedResponse)
  })

  it('is not chunked in HTTP/1.0', () => {
    expect(() => read(['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'])).toThrow(MalformedResponse)
  })

  it('is read or refused, whatever it is, and nothing else happens', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        OK,
        '\r\n',
        '\n',
        '\r',
        'Content-Length: 3\r\n',
        'Transfer-Encoding: chunked\r\n',
        '3\r\nabc\r\n',
        '0\r\n',
        ' ',
        ':',
        '\0',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(outcomeOf([OK, ...pieces])).toMatch(/^(?:read|refused)$/)
      }),
      { numRuns: 5_000 },
    )
  })
})
