/** The proxy under test: the real app on the memory bus, behind a real HTTP server, with facts as their owners write them. */
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Commit, subjectOf } from '@gateway/bus'
import {
  aggregates,
  type KeyRingState,
  type Revocation,
  revocationSubject,
  type Service,
  type ServiceState,
} from '@gateway/contracts'
import { createAudit, type Logger, type Reloads } from '@gateway/service'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { onTestFinished } from 'vitest'
import { SessionBinding } from '../domain/session-binding.ts'
import type { OpenStreamsOptions } from '../hot-path/open-streams.ts'
import { createProxy } from '../index.ts'
import { createSigner, type Signer, signToken, userClaims } from './tokens.ts'

export interface ProxyUnderTest {
  readonly deps: TestDeps
  readonly origin: string
  readonly port: number
  readonly signer: Signer
  /** A good token of `service`, with some claims replaced. */
  token(claims?: Readonly<Record<string, unknown>>, service?: string): string
  /** Sends one request as it is given; resolves with the head, the body still to come. */
  open(path: string, options?: RequestOptions): Promise<IncomingMessage>
  send(path: string, options?: RequestOptions): Promise<Answer>
  list(service: Service): Promise<void>
  remove(id: string): Promise<void>
  putKeys(ring: KeyRingState): Promise<void>
  revoke(revocation: Revocation): Promise<void>
  /** The `data` of all audit events so far, with their types. */
  audited(): Promise<readonly { readonly type: string; readonly data: Record<string, unknown> }[]>
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  json(): Record<string, unknown>
}

export interface ProxyOptions {
  readonly config?: Readonly<Record<string, unknown>>
  readonly services?: readonly Service[]
  readonly streams?: OpenStreamsOptions
  /** Another replica's: the same bus and clock. */
  readonly beside?: ProxyUnderTest
  readonly reloads?: Reloads
  readonly log?: Logger
  /** Before the proxy starts. */
  readonly prepare?: (deps: TestDeps) => Promise<unknown>
}

/** A protected service at `origin`, with some fields replaced. */
export function service(origin: string, fields: Partial<Service> = {}): Service {
  return {
    id: 'calculator',
    name: 'Calculator',
    url: `${origin}/mcp`,
    auth_required: true,
    oauth_provider: 'custom',
    scopes: ['read', 'calculate'],
    require_scopes: 'any',
    timeout: 2_000,
    ...fields,
  }
}

export async function startProxy(options: ProxyOptions = {}): Promise<ProxyUnderTest> {
  const { config = {}, services = [], streams, beside } = options
  const deps =
    beside?.deps ??
    (await testDeps({
      config: testConfig(config),
      ...(options.reloads && { reloads: options.reloads }),
      ...(options.log && { log: options.log }),
    }))
  const signer = beside?.signer ?? createSigner()
  const facts = beside ?? createFacts(deps)
  if (beside === undefined) await facts.putKeys(signer.ring)
  for (const each of services) await facts.list(each)
  await options.prepare?.(deps)

  const audit = createAudit('proxy', deps)
  const app = await createProxy(deps, audit, { ...(streams && { streams }) })
  await app.start()
  const server = createServer(app.handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await app.stop()
  })
  const { port } = server.address() as AddressInfo
  const open = (path: string, options: RequestOptions = {}) => openRequest(port, path, options)
  return {
    deps,
    origin: `http://127.0.0.1:${port}`,
    port,
    signer,
    token: (claims = {}, id = 'calculator') =>
      signToken(signer, { claims: { ...userClaims(deps.clock(), id), ...claims } }),
    open,
    send: async (path, options) => wholeAnswer(await open(path, options)),
    list: facts.list,
    remove: facts.remove,
    putKeys: facts.putKeys,
    revoke: facts.revoke,
    audited: facts.audited,
  }
}

/** A session as the user of {@link userClaims} was given it. */
export function sessionOf({ deps }: ProxyUnderTest, id: string, serviceId = 'calculator'): string {
  const { sub, client_id } = userClaims(0) as { sub: string; client_id: string }
  return new SessionBinding(deps.keyring).bind({ id, replica: '' }, serviceId, { sub, client_id }) ?? ''
}

function createFacts(deps: TestDeps) {
  const written = new Map<string, { sequence: number; version: number }>()
  async function append(subject: string, state: unknown): Promise<void> {
    const { sequence, version } = written.get(subject) ?? { sequence: 0, version: 0 }
    const id = `${subject}.${version}`
    const commit: Commit = {
      id,
      version: version + 1,
      at: deps.clock(),
      actor: 'operator',
      events: [],
      state,
      stateVersion: 1,
    }
    const stored = await deps.bus.append(subject, id, commit, sequence)
    written.set(subject, { sequence: stored.sequence, version: version + 1 })
  }
  const listed = (id: string, state: ServiceState) => append(subjectOf(aggregates.service, id), state)
  return {
    list: (each: Service) => listed(each.id, { status: 'listed', service: each, source: 'test' }),
    remove: (id: string) => listed(id, { status: 'removed', id, source: 'test' }),
    putKeys: (ring: KeyRingState) => append(subjectOf(aggregates.signingKey, ring.ring ?? ''), ring),
    revoke: (revocation: Revocation) => deps.bus.publish(revocationSubject(revocation.kind), revocation.id, revocation),
    async audited() {
      const events: { type: string; data: Record<string, unknown> }[] = []
      // What was recorded is published within 10 ms.
      await new Promise((resolve) => setTimeout(resolve, 50))
      const view = {
        reset: () => undefined,
        apply: (message: { data: unknown }) => void events.push(message.data as never),
      }
      const projection = await deps.bus.project({ stream: 'AUDIT', subject: 'audit.>' }, view)
      await projection.caughtUp
      await projection.stop()
      return events
    },
  }
}

function openRequest(port: number, path: string, options: RequestOptions): Promise<IncomingMessage> {
  const { method = options.body === undefined ? 'GET' : 'POST', headers = {}, body, signal } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers: headers as never, agent: false, ...(signal ? { signal } : {}) },
      resolve,
    )
    request.on('error', reject)
    request.end(body)
  })
}

async function wholeAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const { statusCode: status = 0, headers, rawHeaders } = response
  return { status, headers, rawHeaders, body, json: () => JSON.parse(body.toString()) as Record<string, unknown> }
}
