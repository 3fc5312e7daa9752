/** HAProxy as it would be configured to do the same: nothing at all, or what its own JWT converters can verify. */

export interface HaproxySetup {
  readonly port: number
  readonly backendPort: number
}

const base = ({ port, backendPort }: HaproxySetup, rules: readonly string[]): string =>
  `
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend gateway
  bind 127.0.0.1:${port}
${rules.map((rule) => `  ${rule}`).join('\n')}
  default_backend mcp
backend mcp
  http-reuse always
  http-request set-path /mcp
  server mcp 127.0.0.1:${backendPort}
`

export const plain = (setup: HaproxySetup): string => base(setup, [])

/** Algorithm, signature and audience checked at every request (it has no cache), one identity header, the bearer removed. */
export const verifying = (
  setup: HaproxySetup,
  options: { readonly publicKeyFile: string; readonly audience: string },
) =>
  base(setup, [
    'http-request set-var(txn.bearer) http_auth_bearer',
    `http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')`,
    `http-request set-var(txn.aud) var(txn.bearer),jwt_payload_query('$.aud')`,
    'http-request deny deny_status 401 unless { var(txn.alg) -m str ES256 }',
    `http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(txn.alg,"${options.publicKeyFile}") 1 }`,
    `http-request deny deny_status 401 unless { var(txn.aud) -m str ${options.audience} }`,
    `http-request set-header x-user-id %[var(txn.bearer),jwt_payload_query('$.sub')]`,
    'http-request del-header authorization',
  ])
