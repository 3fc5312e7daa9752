/**
 * The demo: what runs when nobody has configured anything. A real identity provider with invented people and a real MCP
 * server beside the gateway, on this machine only, everything in memory.
 */
import { randomBytes } from 'node:crypto'
import { type Config, configSchema } from '@gateway/config'
import { startDemoCalculator, startDemoProvider } from '@gateway/demo'
import { CannotStart } from '@gateway/service'

export interface Demo {
  readonly config: Config
  readonly providerUrl: string
  readonly calculatorUrl: string
  close(): Promise<void>
}

const HOST = 'localhost'
const LOOPBACK = ['localhost', '127.0.0.1', '::1']
const PORT_MAX = 65_535 - 2

/** Gateway on `port`, provider on the next, calculator on the one after. @throws CannotStart */
export async function startDemo(options: {
  readonly host?: string | undefined
  readonly port: number
  readonly debug: boolean
}): Promise<Demo> {
  const { host = HOST, port } = options
  if (!LOOPBACK.includes(host)) {
    throw new CannotStart(
      `the demo listens on this machine only, not on ${host}: anybody who reaches it can sign in (for your own servers: --config)`,
    )
  }
  if (port < 1 || port > PORT_MAX)
    throw new CannotStart(`the demo takes three ports in a row: --port is 1 to ${PORT_MAX}`)
  const issuer = `http://${HOST}:${port}`
  const client = { clientId: 'gateway', clientSecret: randomBytes(32).toString('base64url') }
  const provider = await taken(port + 1, port, () =>
    startDemoProvider({ host: HOST, port: port + 1, redirectUri: `${issuer}/oauth/callback`, ...client }),
  )
  const calculator = await taken(port + 2, port, () => startDemoCalculator({ host: HOST, port: port + 2 }))
  return {
    config: demoConfig({
      issuer,
      port,
      debug: options.debug,
      client,
      provider: provider.url,
      calculator: calculator.url,
    }),
    providerUrl: provider.url,
    calculatorUrl: calculator.url,
    async close() {
      await Promise.all([provider.close(), calculator.close()])
    },
  }
}

/** Secrets are made at each start: nothing of a demo outlives it. */
function demoConfig(demo: {
  readonly issuer: string
  readonly port: number
  readonly debug: boolean
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  readonly provider: string
  readonly calculator: string
}): Config {
  return configSchema.parse({
    host: HOST,
    port: demo.port,
    issuer: demo.issuer,
    session_secret: randomBytes(48).toString('base64url'),
    debug: demo.debug,
    oauth_providers: {
      demo: {
        client_id: demo.client.clientId,
        client_secret: demo.client.clientSecret,
        issuer: demo.provider,
        scopes: ['openid', 'email', 'profile'],
      },
    },
    mcp_services: {
      calculator: {
        name: 'Calculator',
        url: demo.calculator,
        oauth_provider: 'demo',
        scopes: ['read', 'calculate'],
        scope_descriptions: { read: 'See what is there', calculate: 'Calculate for you' },
      },
    },
    // Any free one: several demos may run beside each other.
    telemetry: { port: 0 },
  })
}

async function taken<T>(port: number, gatewayPort: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE') throw error
    throw new CannotStart(
      `port ${port} is in use: the demo takes ${gatewayPort}, ${gatewayPort + 1} and ${gatewayPort + 2}; choose others with --port`,
      { cause: error },
    )
  }
}
