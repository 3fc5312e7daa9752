import { describe, expect, it } from 'vitest'
import { EventBlocks, withData } from './event-blocks.ts'

const STREAM = 'id: 1\ndata: a\n\n: c\r\n\r\ndata: b\rdata: c\r\revent: x\r\ndata: d\r\n\r\n\n\ndata: ä\n\nrest'
const BLOCKS = [
  'id: 1\ndata: a\n\n',
  ': c\r\n\r\n',
  'data: b\rdata: c\r\r',
  'event: x\r\ndata: d\r\n\r\n',
  '\n',
  '\n',
  'data: ä\n\n',
]

function cut(stream: Buffer, sizes: (at: number) => number) {
  const blocks = new EventBlocks()
  const found: string[] = []
  for (let at = 0; at < stream.length; ) {
    const size = sizes(at)
    found.push(...blocks.push(stream.subarray(at, at + size)).map(String))
    at += size
  }
  return { found, rest: String(blocks.rest()) }
}

describe('a stream of events', () => {
  it('is cut after each blank line, whatever ends a line', () => {
    expect(cut(Buffer.from(STREAM), () => 10_000)).toEqual({ found: BLOCKS, rest: 'rest' })
  })

  it('gives the same bytes and the same events however its bytes come', () => {
    const stream = Buffer.from(STREAM)
    const eventsOf = (texts: readonly string[]) =>
      texts.map((text) => text.replaceAll(/\r\n?/g, '\n').trim()).filter((text) => text !== '')
    for (let round = 0; round < 2_000; round++) {
      const { found, rest } = cut(stream, () => 1 + Math.floor(Math.random() * (round % 9 === 0 ? 1 : 7)))
      expect(found.join('') + rest).toBe(STREAM)
      expect(eventsOf(found)).toEqual(eventsOf(BLOCKS))
    }
  })

  it('tells how much it holds', () => {
    const blocks = new EventBlocks()
    blocks.push(Buffer.from('data: x'))
    expect(blocks.pendingBytes).toBe(7)
    blocks.push(Buffer.from('\n\n'))
    expect(blocks.pendingBytes).toBe(0)
  })
})

describe('a block', () => {
  it('keeps everything but its data, of which several lines are one', () => {
    const block = Buffer.from('id: 7\r\nevent: message\r\ndata: {"a":\r\ndata: 1}\r\nretry: 5\r\n\r\n')
    expect(String(withData(block, (data) => JSON.stringify({ was: data })))).toBe(
      'id: 7\nevent: message\nretry: 5\ndata: {"was":"{\\"a\\":\\n1}"}\n\n',
    )
  })

  it.each(['data: x\r\n\r\n', ': comment\n\n', '\n', 'id: 3\ndata\n\n'])(
    'is itself where nothing is to change: %j',
    (text) => {
      const block = Buffer.from(text)
      expect(withData(block, () => undefined)).toBe(block)
    },
  )
})
