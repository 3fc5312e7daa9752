/** For the tests of this package: replicas of the token-issuer on a real bus, beside a provider-bridge that says what it is told to. */
import { type Bus, call, load, type StoredMessage, type Subscription, serve } from '@gateway/bus'
import {
  type AuditCloudEvent,
  type CheckUserInput,
  checkUser,
  type IssueTokenInput,
  issueToken,
  type Jwks,
  jwks,
  type Profile,
  type RefreshTokenInput,
  type Revocation,
  type RingName,
  refreshToken,
  revokeToken,
  type TokenAnswer,
  type TokenFamilyState,
  type UserChecked,
} from '@gateway/contracts'
import { keyOf, newId, type Operation } from '@gateway/kernel'
import type { App, AppDeps } from '@gateway/service'
import { createApp } from '../app.ts'
import { tokenFamilies } from '../deps.ts'

export const alice: Profile = {
  sub: 'custom:alice',
  id: 'alice',
  provider: 'custom',
  email: 'alice@example.com',
  email_verified: true,
  name: 'Alice Ångström',
  picture: 'https://example.com/alice.png',
}

/** What a code of Alice's grants; each authorization has its own family. */
export function grantOf(deps: AppDeps, more: Partial<IssueTokenInput> = {}): IssueTokenInput {
  return {
    family: keyOf(`family:${newId()}`).slice(0, 22),
    sub: alice.sub,
    client_id: 'client-a',
    resource: `${deps.config.issuer}/calculator/mcp`,
    scopes: ['read', 'calculate'],
    auth_time: Math.floor(deps.clock() / 1000) - 5,
    refreshable: true,
    ...more,
  }
}

type CheckUser = (input: CheckUserInput) => Promise<UserChecked>

export interface Harness {
  readonly apps: readonly App[]
  issue(input: IssueTokenInput, requestId?: string): Promise<TokenAnswer>
  /** As client `client-a`, unless told otherwise. */
  refresh(token: string, more?: Partial<RefreshTokenInput>, requestId?: string): Promise<TokenAnswer>
  revoke(token: string, clientId?: string): Promise<unknown>
  jwks(ring: RingName): Promise<Jwks>
  family(id: string): Promise<{ readonly state: TokenFamilyState; readonly version: number }>
  /** Asks any operation. */
  ask<Input, Output>(operation: Operation<Input, Output>, input: Input, requestId?: string): Promise<Output>
  /** What the provider-bridge answers from now on; undefined: it is not there. */
  people(check: CheckUser | undefined): Promise<void>
  audit(): readonly AuditCloudEvent[]
  revocations(): readonly Revocation[]
}

export async function startIssuer(deps: AppDeps, replicas = 1): Promise<Harness> {
  const { bus, clock } = deps
  const apps = await Promise.all(Array.from({ length: replicas }, () => createApp(deps)))
  await Promise.all(apps.map((app) => app.start()))
  const ask = (requestId: string = newId()) => ({ requestId, now: clock() })
  const audit = await collect<AuditCloudEvent>(bus, 'AUDIT', 'audit.>')
  const revocations = await collect<Revocation>(bus, 'EVT_REVOCATIONS', 'evt.token-issuer.revocation.*')
  const harness: Harness = {
    apps,
    issue: (input, requestId) => call(bus, issueToken, input, ask(requestId)),
    refresh: (token, more, requestId) =>
      call(bus, refreshToken, { refresh_token: token, client_id: 'client-a', ...more }, ask(requestId)),
    revoke: (token, clientId = 'client-a') => call(bus, revokeToken, { token, client_id: clientId }, ask()),
    jwks: (ring) => call(bus, jwks, { ring }, ask()),
    ask: (operation, input, requestId) => call(bus, operation, input, ask(requestId)),
    family: (id) => load(bus, tokenFamilies, id),
    people: providerBridge(deps),
    audit: () => audit,
    revocations: () => revocations,
  }
  await harness.people(async () => ({ profile: alice }))
  return harness
}

function providerBridge({ bus, clock }: AppDeps): Harness['people'] {
  let serving: Subscription | undefined
  return async (check) => {
    await serving?.stop()
    serving = check && (await serve(bus, checkUser, clock, check))
  }
}

async function collect<Data>(bus: Bus, stream: string, subject: string): Promise<readonly Data[]> {
  const collected: Data[] = []
  const view = {
    reset: () => collected.splice(0),
    apply: ({ data }: StoredMessage) => collected.push(data as Data),
  }
  await (await bus.project({ stream, subject }, view)).caughtUp
  return collected
}
