/** Requests for the proxy that are almost right, as bytes: addresses, headers, framing, tokens and bodies, each bent in its own ways. */
import type { Chance } from './random.ts'
import { bentToken, type Ingredients } from './tokens.ts'

/** Stands in everything of the client's that no backend and no log may have: credentials, cookies, identities that it claims. */
export const LEAK = 'leak-5d41402a'
/** In the address of requests that stand in the body of another. */
export const SMUGGLED = 'smuggled-7d793037'

/** A header that says whether the request's token is good, to the letter. */
export const AUTHENTIC = 'X-Authentic'

export function fuzzed(random: Chance, from: Ingredients): Buffer {
  const token = random.rarely(2) ? bentToken(random, from) : from.token
  const body = random.rarely(3) ? '' : bodyOf(random)
  const headers = [`Host: ${random.rarely(20) ? random.one(HOSTS) : 'localhost:8080'}`]
  const scheme = random.rarely(10) ? random.one(['bearer', 'BEARER', 'Basic', 'DPoP', 'Bearer ', '']) : 'Bearer'
  const authentic = token === from.token && scheme.trim().toLowerCase() === 'bearer'
  headers.push(`${cased(random, 'Authorization')}: ${scheme} ${token}\r\n${AUTHENTIC}: ${authentic}`)
  for (let i = random.int(5); i > 0; i--) headers.push(claimedHeader(random))
  for (let i = random.int(3); i > 0; i--) headers.push(random.one(HARMLESS))
  headers.push(...framing(random, body))
  const method = random.one(METHODS)
  const head = `${method} ${target(random)} HTTP/1.1\r\n${shuffled(random, headers).join('\r\n')}\r\n\r\n`
  const bytes = Buffer.from(head + body, 'latin1')
  return random.rarely(30) ? flipped(random, bytes, head.search(/authorization/i)) : bytes
}

const METHODS = [
  'GET',
  'POST',
  'POST',
  'POST',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'PRI',
  'get',
]
const HOSTS = [
  'evil.example',
  'localhost:8080\r\nHost: evil.example',
  '127.0.0.1:8080',
  '',
  'localhost:8080, evil',
  'LOCALHOST:8080',
]

const SEGMENTS = [
  '',
  '/',
  '//',
  '/.',
  '/..',
  '/%2e%2e',
  '/%2f',
  '/%5c',
  '/a;b',
  '/ä',
  '/%00',
  '/a%0d%0ab',
  '/x?y=1',
  '?q=%',
  '#f',
  '/a/b/',
  '\\',
]
const BASES = [
  '/calculator/mcp',
  '/calculator/mcp',
  '/calculator/mcp',
  '/CALCULATOR/mcp',
  '/calculator/MCP',
  '//calculator/mcp',
  '/calculator//mcp',
  '/calculator/mcp%2f',
  '/public/mcp',
  '/unknown/mcp',
  'http://localhost:8080/calculator/mcp',
  'http://evil.example/calculator/mcp',
  '/calculator/mcp/.well-known/x',
  '*',
  '/..',
  '/%63alculator/mcp',
  '/calculator/mcp;x',
  '/calculator/mcpx',
]

function target(random: Chance): string {
  if (!random.rarely(3)) return '/calculator/mcp'
  let path = random.rarely(2) ? '/calculator/mcp' : random.one(BASES)
  for (let i = random.int(3); i > 0; i--) path += random.one(SEGMENTS)
  return random.rarely(50) ? `${path}/${'x'.repeat(20_000)}` : path
}

/** What only the gateway may say, and what is the client's own secret: under every name that some server reads as that. */
const CLAIMED = [
  'X-User-Id',
  'X_User_Id',
  'x-user-email',
  'X-User-Name',
  'X-Gateway-Assertion',
  'x_gateway_assertion',
  'X-Forwarded-For',
  'Forwarded',
  'X-Real-IP',
  'X-Forwarded-Host',
  'Cookie',
  'Cookie2',
  'Proxy-Authorization',
  'DPoP',
  'X-USER_ID',
  'x-user-',
  'True-Client-IP',
  'X-Client-IP',
]

function claimedHeader(random: Chance): string {
  const name = cased(random, random.one(CLAIMED))
  return `${name}${random.rarely(100) ? ' ' : ''}:${random.one([' ', '', '\t'])}${LEAK}${random.rarely(60) ? `\r\n folded-${LEAK}` : ''}`
}

const HARMLESS = [
  'Accept: application/json, text/event-stream',
  'MCP-Protocol-Version: 2026-07-28',
  'MCP-Protocol-Version: 2025-11-25',
  'Mcp-Method: tools/call',
  'Mcp-Name: add',
  'Mcp-Name: =?base64?ZGVsZXRl?=',
  'Mcp-Session-Id: x',
  'Mcp-Session-Id: a.b.c.d',
  'Mcp-Session-Id: \u00ff',
  'Origin: http://localhost:8080',
  'Origin: null',
  'Expect: 100-continue',
  'Connection: close, X-Drop',
  'X-Drop: 1',
  'Upgrade: h2c',
  'TE: trailers',
  'X-Long: ' + 'y'.repeat(3_000),
  'X-Odd: \u0080\u00ff',
  'Content-Type: application/json',
  'Content-Encoding: gzip',
  'Last-Event-ID: 7',
  'Keep-Alive: timeout=5',
  'Connection: keep-alive',
  'Max-Forwards: 0',
]

/** RFC 9112 §6: how long the body is, said rightly, wrongly, twice, or in two ways. */
function framing(random: Chance, body: string): string[] {
  const length = String(Buffer.byteLength(body, 'latin1'))
  if (!random.rarely(6)) return body === '' ? [] : [`Content-Length: ${length}`]
  return random.one([
    [`Content-Length: ${length}`, `Content-Length: ${length}0`],
    [`Content-Length: ${length}`, 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    ['Transfer-Encoding : chunked'],
    ['Transfer-Encoding: xchunked'],
    [`Content-Length: +${length}`],
    [`Content-Length: ${length}, ${length}`],
    ['Content-Length: -1'],
    ['Content-Length: 99999999999999999999'],
    ['Content-Length: 0'],
    [],
  ])
}

const SMUGGLE = `GET /calculator/mcp?${SMUGGLED} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n`
const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete"}}'
/** All of them mean the forbidden call to somebody; some to everybody. */
const BODIES = [
  CALL,
  CALL.replace('"method"', '"method":"tools/list","method"'),
  CALL.replace('"method"', '"Method":"tools/list","method"'),
  CALL.replace('"method"', '"method":"tools/list","METHOD"'),
  CALL.replace('"name"', '"name":"add","Name"'),
  CALL.replace('"name"', '"name":"add","name"'),
  CALL.replace('"name"', '"NAME"'),
  CALL.replace('delete', 'd\\u0065lete'),
  CALL.replace('"params"', '"par\\u0061ms"'),
  `[${CALL}]`,
  `[[${CALL}]]`,
  `[{"jsonrpc":"2.0","id":2,"method":"ping"},${CALL}]`,
  `\u00ef\u00bb\u00bf${CALL}`,
  `${CALL}${CALL}`,
  `${CALL}\n`,
  ` \t${CALL}`,
  CALL.replace('{"name":"delete"}', '["delete"]'),
  CALL.replace('"2.0"', `${'['.repeat(200)}${']'.repeat(200)}`),
  `{"a":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`,
  CALL.replace('tools/call', 'tools\\/call'),
  CALL.replace('"delete"', '"delete\\u0000"'),
  '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"secret:1"}}',
]
const ALLOWED = [
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}',
  '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  '{}',
  '[]',
  'null',
  'x',
]

function bodyOf(random: Chance): string {
  const body = random.one(random.rarely(2) ? ALLOWED : BODIES)
  const bent = random.rarely(4) ? flipped(random, Buffer.from(body, 'latin1'), -1).toString('latin1') : body
  if (random.rarely(12)) return bent + SMUGGLE
  return random.rarely(12) ? `5\r\nabcde\r\n0\r\n\r\n${SMUGGLE}` : bent
}

/** Some bytes replaced, removed or doubled; not before `from`, so that no secret moves into another header. */
/** A header that claims something keeps its name: under another one it claims nothing, and may go on. */
function flipped(random: Chance, bytes: Buffer, until: number): Buffer {
  const bent = Buffer.from(bytes)
  const end = until > 0 ? until : bent.length
  for (let i = end > 0 ? 1 + random.int(3) : 0; i > 0; i--) {
    const at = random.int(end)
    if (!lineAt(bytes, at).includes(LEAK)) bent[at] = random.int(256)
  }
  return bent
}

function lineAt(bytes: Buffer, at: number): string {
  const end = bytes.indexOf('\n', at)
  return bytes.toString('latin1', at === 0 ? 0 : bytes.lastIndexOf('\n', at - 1) + 1, end < 0 ? bytes.length : end + 1)
}

function cased(random: Chance, name: string): string {
  return random.one([name, name.toLowerCase(), name.toUpperCase()])
}

function shuffled(random: Chance, items: readonly string[]): string[] {
  const [host = '', ...rest] = items
  return random.rarely(2) ? [...rest, host] : [host, ...rest.toReversed()]
}
