/** Where each service listens when it runs alone: documented variables, with defaults that do not collide. */
import type { ServiceName } from '@gateway/contracts'
import { Misconfigured } from '@gateway/kernel'

interface PortSpec {
  readonly variable: string
  readonly port: number
}

/** Only these two have public HTTP. `host` and `port` of the configuration belong to the edge in front of them. */
export const publicPorts = {
  proxy: { variable: 'PROXY_PORT', port: 8091 },
  'auth-server': { variable: 'AUTH_SERVER_PORT', port: 8092 },
} as const satisfies Partial<Record<ServiceName, PortSpec>>

export const telemetryPorts = {
  proxy: { variable: 'PROXY_TELEMETRY_PORT', port: 9464 },
  'auth-server': { variable: 'AUTH_SERVER_TELEMETRY_PORT', port: 9465 },
  registry: { variable: 'REGISTRY_TELEMETRY_PORT', port: 9466 },
  'token-issuer': { variable: 'TOKEN_ISSUER_TELEMETRY_PORT', port: 9467 },
  'provider-bridge': { variable: 'PROVIDER_BRIDGE_TELEMETRY_PORT', port: 9468 },
} as const satisfies Record<ServiceName, PortSpec>

export interface ListenOn {
  readonly host: string
  readonly telemetryPort: number
  readonly public?: { readonly port: number; readonly variable: string }
  readonly telemetryVariable: string
}

/** @throws Misconfigured naming each variable that is no port */
export function portsOf(service: ServiceName, env: Readonly<Record<string, string | undefined>>): ListenOn {
  const problems: string[] = []
  const read = ({ variable, port }: PortSpec): number => {
    const text = env[variable]
    if (text === undefined || text === '') return port
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
    problems.push(`${variable}: "${text}" is no port; a whole number from 0 to 65535 (0: any free one)`)
    return port
  }
  const telemetry = telemetryPorts[service]
  const open = service in publicPorts ? publicPorts[service as keyof typeof publicPorts] : undefined
  const listenOn: ListenOn = {
    host: env.SERVICE_HOST || '127.0.0.1',
    telemetryPort: read(telemetry),
    telemetryVariable: telemetry.variable,
    ...(open ? { public: { port: read(open), variable: open.variable } } : {}),
  }
  if (problems.length > 0) throw new Misconfigured(problems)
  return listenOn
}
