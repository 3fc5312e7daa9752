/** The tools of the demo calculator: two sums, a slow stream, and what the gateway says about the caller. */
import { setTimeout as wait } from 'node:timers/promises'
import { McpServer, type ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'

const numbers = z.object({ a: z.number(), b: z.number() })
const result = z.object({ result: z.number() })

export function createCalculator(): McpServer {
  const server = new McpServer({ name: 'demo-calculator', title: 'Demo calculator', version: '1.0.0' })
  server.registerTool(
    'add',
    { title: 'Add', description: 'Adds two numbers.', inputSchema: numbers, outputSchema: result },
    ({ a, b }) => answer({ result: a + b }),
  )
  server.registerTool(
    'multiply',
    { title: 'Multiply', description: 'Multiplies two numbers.', inputSchema: numbers, outputSchema: result },
    ({ a, b }) => answer({ result: a * b }),
  )
  server.registerTool(
    'count',
    {
      title: 'Count slowly',
      description: 'Counts to `steps`, `delay_ms` apart, and reports progress after each step.',
      inputSchema: z.object({
        steps: z.number().int().min(1).max(100).default(5),
        delay_ms: z.number().int().min(0).max(10_000).default(500),
      }),
      outputSchema: z.object({ counted: z.number() }),
    },
    ({ steps, delay_ms }, context) => count(steps, delay_ms, context),
  )
  server.registerTool(
    'whoami',
    {
      title: 'Who am I?',
      description: 'Tells which identity headers this server received, decoded, and which were absent.',
      inputSchema: z.object({}),
      outputSchema: z.object({ received: z.record(z.string(), z.string()), absent: z.array(z.string()) }),
    },
    (_input, context) => answer(identityOf(context.http?.req?.headers)),
  )
  return server
}

function answer(output: Record<string, unknown>) {
  return { content: [{ type: 'text' as const, text: JSON.stringify(output) }], structuredContent: output }
}

/** Progress is sent only to a caller that asked for it (`_meta.progressToken`); a caller that leaves ends the count. */
async function count(steps: number, delayMs: number, context: ServerContext) {
  const progressToken = context.mcpReq._meta?.progressToken
  for (let step = 1; step <= steps; step++) {
    await wait(delayMs, undefined, { signal: context.mcpReq.signal })
    if (progressToken !== undefined) {
      const params = { progressToken, progress: step, total: steps, message: `${step} of ${steps}` }
      await context.mcpReq.notify({ method: 'notifications/progress', params })
    }
  }
  return answer({ counted: steps })
}

const IDENTITY_HEADERS = ['x-user-id', 'x-user-email', 'x-user-name', 'x-user-provider', 'x-user-avatar']

/** Identity headers are percent-encoded UTF-8, so that every name fits into a header. */
function identityOf(headers: Headers | undefined) {
  const received = IDENTITY_HEADERS.flatMap((name) => {
    const value = headers?.get(name)
    return value === null || value === undefined ? [] : [[name, decoded(value)]]
  })
  return {
    received: Object.fromEntries(received) as Record<string, string>,
    absent: IDENTITY_HEADERS.filter((name) => !headers?.has(name)),
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
