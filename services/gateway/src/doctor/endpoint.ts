/** The MCP endpoint as a client without a token meets it. */
import { connect } from 'node:tls'
import { type Finding, found, quoted, unless } from './finding.ts'
import { ask } from './http.ts'
import { isSafeUrl, type Step, type Visit } from './visit.ts'

const DAY_MS = 86_400_000
const CERTIFICATE_DAYS_MIN = 14

/** What a client of either era sends first. */
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'gateway doctor', version: '1' } },
}
const mcpHeaders = { Accept: 'application/json, text/event-stream' }

export const endpointSteps: readonly Step[] = [
  { title: 'Reaching it', look: reach },
  {
    title: 'The certificate',
    skip: ({ endpoint }) => (endpoint.protocol === 'https:' ? undefined : 'no TLS'),
    look: certificate,
  },
  { title: 'A call without a token', look: challenge },
  {
    title: 'A call with a token that is none',
    skip: ({ isProtected }) => (isProtected ? undefined : 'the endpoint is public'),
    look: wrongToken,
  },
]

async function reach({ endpoint }: Visit): Promise<readonly Finding[]> {
  await ask(endpoint.href, { method: 'HEAD' })
  const safe = isSafeUrl(endpoint.href)
  return unless([
    safe,
    found('operator', `${endpoint.origin} is not https: tokens would travel in clear`, 'serve it with TLS'),
  ])
}

function certificate({ endpoint }: Visit): Promise<readonly Finding[]> {
  const options = { host: endpoint.hostname, port: Number(endpoint.port || 443), servername: endpoint.hostname }
  return new Promise((resolve) => {
    const socket = connect(options, () => {
      const days = (new Date(socket.getPeerCertificate().valid_to).getTime() - Date.now()) / DAY_MS
      const version = socket.getProtocol() ?? ''
      socket.destroy()
      resolve(
        unless(
          [
            days > CERTIFICATE_DAYS_MIN || Number.isNaN(days),
            found(
              'operator',
              `the certificate ends in ${Math.floor(days)} days`,
              'renew it, and see why that did not happen by itself',
            ),
          ],
          [
            ['TLSv1.2', 'TLSv1.3'].includes(version),
            found('operator', `it speaks ${version}`, 'allow TLS 1.2 and 1.3'),
          ],
        ),
      )
    })
    // What does not verify has been found while reaching it.
    socket.on('error', () => resolve([]))
  })
}

async function challenge(visit: Visit): Promise<readonly Finding[]> {
  const { endpoint } = visit
  const { status, headers } = await ask(endpoint.href, { json: initialize, headers: mcpHeaders })
  if (status >= 200 && status < 300) {
    visit.isProtected = false
    return unless([
      /^(application\/json|text\/event-stream)\b/.test(headers.get('content-type') ?? ''),
      found(
        'client',
        `what answers ${endpoint.pathname} is no MCP server: it sends ${quoted(headers.get('content-type'))}`,
        'use the URL that the operator names (https://…/<service>/mcp)',
      ),
    ])
  }
  if (status !== 401) return [otherThanChallenge(visit, status, headers)]
  const header = headers.get('www-authenticate')
  const metadataUrl = parameterOf(header, 'resource_metadata')
  if (metadataUrl !== undefined) visit.metadataUrl = metadataUrl
  return unless(
    [
      /^bearer\b/i.test(header ?? ''),
      found(
        'developer',
        `401 without a Bearer challenge (WWW-Authenticate: ${quoted(header)})`,
        'RFC 6750 §3 wants one',
      ),
    ],
    [
      metadataUrl !== undefined,
      found(
        'developer',
        'the challenge names no resource_metadata',
        'clients find the authorization server by it (RFC 9728 §5.1)',
      ),
    ],
    [
      metadataUrl === undefined || isSafeUrl(metadataUrl),
      found(
        'operator',
        `resource_metadata is ${quoted(metadataUrl)}`,
        'the public https origin belongs there: set issuer, or the headers of the load balancer',
      ),
    ],
    [
      parameterOf(header, 'error') === undefined,
      found('developer', 'the challenge speaks of an error although no token was sent', 'RFC 6750 §3.1: none then'),
    ],
  )
}

function otherThanChallenge({ endpoint }: Visit, status: number, headers: Headers): Finding {
  if (status >= 300 && status < 400) {
    return found(
      'operator',
      `it redirects to ${quoted(headers.get('location'))}`,
      'give clients the final URL: many do not follow, or drop the token',
    )
  }
  if (status === 404)
    return found(
      'client',
      `there is no ${endpoint.pathname}`,
      'use the URL that the operator names (https://…/<service>/mcp)',
    )
  if (status === 421 || status === 403) {
    return found(
      'operator',
      `it refuses this host or address (${status})`,
      'add the host to allowed_hosts, or let the load balancer pass Host on',
    )
  }
  if (status >= 500)
    return found('operator', `it answers ${status}`, 'see /ready and the log: something behind it is down')
  return found('developer', `it answers ${status} instead of 401`, 'RFC 9728 §5.1: 401 with a challenge')
}

async function wrongToken({ endpoint }: Visit): Promise<readonly Finding[]> {
  const headers = { ...mcpHeaders, Authorization: 'Bearer of.the.doctor' }
  const answer = await ask(endpoint.href, { json: initialize, headers })
  const error = parameterOf(answer.headers.get('www-authenticate'), 'error')
  if (answer.status >= 500) {
    return [
      found(
        'operator',
        `it answers ${answer.status} to an invalid token`,
        'clients would retry for ever instead of signing in: see the log',
      ),
    ]
  }
  return unless([
    answer.status === 401 && error === 'invalid_token',
    found(
      'developer',
      `it answers ${answer.status}, error ${quoted(error)}`,
      'RFC 6750 §3.1: 401 with error="invalid_token"',
    ),
  ])
}

/** RFC 9110 §11.2: a token or a quoted string. */
export function parameterOf(header: string | null, name: string): string | undefined {
  const match = new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,]+))`, 'i').exec(header ?? '')
  return match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2]
}
