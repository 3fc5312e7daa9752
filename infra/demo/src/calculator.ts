/** The demo MCP server: {@link createCalculator}'s tools in both eras of the protocol. */
import type { Running } from './listen.ts'
import { type McpEndpointOptions, startMcpEndpoint } from './mcp-endpoint.ts'
import { createCalculator } from './tools.ts'

export function startDemoCalculator(options: McpEndpointOptions): Promise<Running> {
  return startMcpEndpoint(options, createCalculator)
}
