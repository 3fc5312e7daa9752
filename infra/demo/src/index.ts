/** The two outside parts that a newcomer lacks: an identity provider with invented people, and an MCP server worth calling. */
export { startDemoCalculator } from './calculator.ts'
export type { Running } from './listen.ts'
export { startMcpEndpoint } from './mcp-endpoint.ts'
export { startDemoProvider } from './provider.ts'
