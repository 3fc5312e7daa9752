/**
 * The services that the auth-server asks, for its tests: small, real, on the bus, and answering from memory. A test replaces
 * one answer to see what a refusal or an outage becomes.
 */
import { serve } from '@gateway/bus'
import {
  aggregates,
  beginLogin,
  type Client,
  checkUser,
  endUpstreamSession,
  finishLogin,
  type IssueTokenInput,
  type Service,
} from '@gateway/contracts'
import { keyOf, newId, type Operation, Refusal } from '@gateway/kernel'
import type { AppDeps } from '@gateway/service'
import { serveRegistry } from './registry-neighbour.ts'
import { serveTokenIssuer } from './token-issuer-neighbour.ts'

export interface Neighbours {
  readonly clients: Map<string, { readonly client: Client; readonly secret?: string }>
  /** The families that have been started. */
  readonly families: ReadonlyMap<string, IssueTokenInput>
  readonly revoked: readonly string[]
  /** How often each operation was asked. */
  readonly asked: Map<string, number>
  /** Sees what is asked of a subject from now on. */
  watch(subject: string, see: (input: unknown) => void): void
  /** Answers differently from now on; throw a `Refusal` or `Unavailable` to see what becomes of it. */
  replace<Input, Output>(operation: Operation<Input, Output>, answer: (input: Input) => Promise<Output>): void
}

export const profile = { sub: 'custom:4711', id: '4711', provider: 'custom', name: 'Ada', email: 'ada@example.com' }

export type Answer = <Input, Output>(
  operation: Operation<Input, Output>,
  usual: (input: Input) => Promise<Output>,
) => Promise<unknown>

/** @param issuer where their identity provider sends the browser back to */
export async function startNeighbours(deps: AppDeps, issuer: string): Promise<Neighbours> {
  const asked = new Map<string, number>()
  const replaced = new Map<string, (input: never) => Promise<unknown>>()
  const watched = new Map<string, (input: unknown) => void>()
  const answer: Answer = <Input, Output>(
    operation: Operation<Input, Output>,
    usual: (input: Input) => Promise<Output>,
  ) =>
    serve(deps.bus, operation, deps.clock, async (input) => {
      asked.set(operation.subject, (asked.get(operation.subject) ?? 0) + 1)
      watched.get(operation.subject)?.(input)
      const other = replaced.get(operation.subject) as ((input: Input) => Promise<Output>) | undefined
      return (other ?? usual)(input)
    })
  const clients: Neighbours['clients'] = new Map()
  await serveRegistry(answer, deps, clients)
  const issued = await serveTokenIssuer(answer, deps)
  await serveProviderBridge(answer, deps, issuer)
  const replace: Neighbours['replace'] = (operation, other) => {
    replaced.set(operation.subject, other)
  }
  const watch: Neighbours['watch'] = (subject, see) => {
    watched.set(subject, see)
  }
  return { clients, ...issued, asked, replace, watch }
}

/** Its provider needs no page: it sends the browser straight back with a code. */
async function serveProviderBridge(answer: Answer, deps: AppDeps, issuer: string): Promise<void> {
  const finished = new Set<string>()
  await answer(beginLogin, async () => {
    const state = newId()
    const url = `${issuer}/oauth/callback?code=upstream&state=${state}`
    return { url, state, login: `login of ${state}`, provider: 'Example ID' }
  })
  await answer(finishLogin, async ({ login }) => {
    if (finished.has(login)) throw new Refusal('login_repeated')
    finished.add(login)
    return { profile, auth_time: Math.floor(deps.clock() / 1_000) }
  })
  await answer(checkUser, async ({ sub }) => {
    if (sub !== profile.sub) throw new Refusal('user_unknown')
    return { profile }
  })
  await answer(endUpstreamSession, async () => ({}))
}

export const calculator: Service = {
  id: 'calculator',
  name: 'Calculator',
  url: 'http://localhost:8082/mcp',
  auth_required: true,
  oauth_provider: 'custom',
  scopes: ['read', 'calculate'],
  require_scopes: 'any',
  timeout: 30_000,
}

/** As the registry writes it. */
export async function list(deps: AppDeps, service: Service): Promise<void> {
  const subject = `${aggregates.service}.${keyOf(service.id)}`
  const state = { status: 'listed', service, source: 'test' }
  const commit = {
    id: `${newId()}.0`,
    version: 1,
    at: deps.clock(),
    actor: 'operator',
    events: [],
    state,
    stateVersion: 1,
  }
  await deps.bus.append(subject, commit.id, commit, 0)
}
