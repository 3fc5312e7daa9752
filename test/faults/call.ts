/** One proxied call of the stateless era, to the edge or to one proxy itself. */
import { patientFetch } from './flow.ts'

const VERSION = '2026-07-28'
const meta = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientInfo': { name: 'load', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'add', arguments: { a: 1, b: 2 }, _meta: meta },
})

export async function callAdd(
  url: string | URL,
  token: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await patientFetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': 'tools/call',
      'mcp-name': 'add',
    },
    body: BODY,
  })
  return { status: response.status, text: await response.text() }
}
