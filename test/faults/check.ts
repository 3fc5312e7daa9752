/** Whether everything acknowledged is there: in the streams, read from their beginning, and by using it. */
import { subjectOf } from '@gateway/bus'
import { aggregates, auditDataSchema, type TokenFamilyState } from '@gateway/contracts'
import { createOAuthClient } from '@gateway/testing'
import type { Replica } from '../e2e/stack/replica.ts'
import { REDIRECT } from '../e2e/wire.ts'
import { callAdd } from './call.ts'
import { patientFetch } from './flow.ts'
import { type Family, generationOf, type Ledger } from './ledger.ts'
import type { Fact, Replays } from './replay.ts'

export interface Checked {
  readonly issuer: string
  readonly mcpUrl: string
  readonly proxies: readonly Replica[]
  readonly ledger: Ledger
  readonly replays: Replays
}

/** The audit is told by reactions, at least once and later. */
const AUDIT_PATIENCE_MS = 30_000
const POLL_MS = 250
/** Three pings of the bus and a little. */
const DEAF_MS_MAX = 10_000
/** Of each sort, the newest: what was acknowledged during the fault is among them. */
const USED_MAX = 12

/** What is lost, one line each. The load is not running. `patienceMs`: how long the audit and deaf proxies may take. */
export async function lost(checked: Checked, patienceMs = AUDIT_PATIENCE_MS): Promise<readonly string[]> {
  return [
    ...(await lostFacts(checked)),
    ...(await lostAudit(checked, patienceMs)),
    ...(await lostInUse(checked, patienceMs)),
  ]
}

async function lostFacts({ ledger, replays }: Checked): Promise<readonly string[]> {
  const problems: string[] = []
  const clients = new Set(
    [...(await replays.stream('EVT_REGISTRATIONS')), ...(await replays.stream('EVT_CLIENTS'))].map(subject),
  )
  for (const id of ledger.clients) {
    const places = [subjectOf(aggregates.registration, id), subjectOf(aggregates.client, id)]
    if (!places.some((place) => clients.has(place))) problems.push(`client ${id} is in no stream`)
  }
  const states = new Map(
    (await replays.stream('EVT_TOKEN_FAMILIES')).map((fact) => [
      fact.subject,
      (fact.data as { state: TokenFamilyState }).state,
    ]),
  )
  const revoked = new Set((await replays.stream('EVT_REVOCATIONS')).map(({ data }) => (data as { sid?: string }).sid))
  for (const family of ledger.families.values()) {
    const problem = familyProblem(family, states.get(subjectOf(aggregates.tokenFamily, family.sid)))
    if (problem !== undefined) problems.push(`family ${family.sid} (${family.state}): ${problem}`)
    if (family.state === 'revoked' && !revoked.has(family.sid))
      problems.push(`no proxy is told that ${family.sid} is revoked`)
  }
  const parked = await replays.stream('PARKED')
  if (parked.length > 0) problems.push(`${parked.length} facts are parked: ${parked.map(subject).join(', ')}`)
  return problems
}

function familyProblem(family: Family, state: TokenFamilyState | undefined): string | undefined {
  if (!state) return 'is in no stream'
  if (family.state === 'revoked') return state.status === 'revoked' ? undefined : `is ${state.status}`
  if (family.state === 'contested' || family.state === 'revoking') return undefined
  if (state.status !== 'active') return `is ${state.status}${'reason' in state ? ` (${state.reason})` : ''}`
  return state.generation >= family.generation
    ? undefined
    : `is at generation ${state.generation}, ${family.generation} was acknowledged`
}

/** A registration, a start, each rotation and a revocation leave one event each. */
async function lostAudit({ ledger, replays }: Checked, patienceMs: number): Promise<readonly string[]> {
  const until = performance.now() + patienceMs
  for (;;) {
    const problems = auditProblems(ledger, await replays.stream('AUDIT'))
    if (problems.length === 0 || performance.now() > until) return problems
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function auditProblems(ledger: Ledger, events: readonly Fact[]): readonly string[] {
  const seen = new Map<string, number>()
  for (const { data } of events) {
    const { type, data: told } = data as { type: string; data: unknown }
    const { client_id, family, commit } = auditDataSchema.parse(told)
    // A repeated answer is no rotation; only the latter has a commit.
    if (type === 'audit.token.refreshed' && commit === undefined) continue
    const key = `${type} ${type.startsWith('audit.client') ? client_id : family}`
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  const problems: string[] = []
  const expectEvents = (key: string, least: number) => {
    if ((seen.get(key) ?? 0) < least) problems.push(`the audit has ${seen.get(key) ?? 0} of ${least} ${key}`)
  }
  for (const id of ledger.clients) expectEvents(`audit.client.registered ${id}`, 1)
  for (const { sid, generation, state } of ledger.families.values()) {
    expectEvents(`audit.token.issued ${sid}`, 1)
    expectEvents(`audit.token.refreshed ${sid}`, generation)
    if (state === 'revoked') expectEvents(`audit.token.revoked ${sid}`, 1)
  }
  return problems
}

async function lostInUse(checked: Checked, patienceMs: number): Promise<readonly string[]> {
  const { ledger } = checked
  const newest = (state: Family['state']) =>
    [...ledger.families.values()].filter((family) => family.state === state).slice(-USED_MAX)
  const problems = await Promise.all([
    ...ledger.clients.slice(-USED_MAX).map((id) => unknownClient(checked, id)),
    ...newest('active').map((family) => deadFamily(checked, family)),
    ...newest('revoked').map((family) => livingFamily(checked, family, patienceMs)),
  ])
  return problems.flat()
}

async function unknownClient({ issuer, mcpUrl }: Checked, id: string): Promise<readonly string[]> {
  const { url } = createOAuthClient(issuer).authorization({ client_id: id, redirect_uri: REDIRECT, resource: mcpUrl })
  const { status } = await patientFetch(url)
  return status === 200 ? [] : [`client ${id} cannot sign anybody in: ${status}`]
}

async function deadFamily(checked: Checked, family: Family): Promise<readonly string[]> {
  const { clientId, refreshToken, sid } = family
  const client = createOAuthClient(checked.issuer, patientFetch)
  const { status, body } = await client.refresh({ client_id: clientId, refresh_token: refreshToken })
  if (status !== 200) return [`family ${sid} cannot be refreshed: ${status} ${String(body.error_description)}`]
  family.accessToken = String(body.access_token)
  family.refreshToken = String(body.refresh_token)
  family.generation = generationOf(family.refreshToken)
  const refused = await statusesAt(checked, family.accessToken)
  return refused
    .filter(({ status: called }) => called !== 200)
    .map(({ proxy, status: called }) => `${proxy} answers ${called} to family ${sid}`)
}

async function livingFamily(
  checked: Checked,
  { clientId, refreshToken, accessToken, sid }: Family,
  patienceMs: number,
): Promise<readonly string[]> {
  const client = createOAuthClient(checked.issuer, patientFetch)
  const { status, body } = await client.refresh({ client_id: clientId, refresh_token: refreshToken })
  const dead = status === 400 && body.error === 'invalid_grant'
  const calls = await untilRefused(checked, accessToken, patienceMs)
  return [
    ...(dead ? [] : [`revoked family ${sid} is refreshed: ${status}`]),
    ...calls
      .filter(({ status: called }) => called !== 401)
      .map(({ proxy, status: called }) => `${proxy} answers ${called} to revoked family ${sid}`),
  ]
}

/** A proxy whose connection is deaf hears of a revocation when it has noticed that. */
async function untilRefused(checked: Checked, token: string, patienceMs: number) {
  const until = performance.now() + Math.min(patienceMs, DEAF_MS_MAX)
  for (;;) {
    const calls = await statusesAt(checked, token)
    if (calls.every(({ status }) => status === 401) || performance.now() > until) return calls
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Every proxy itself, past the edge. */
function statusesAt({ proxies, mcpUrl }: Checked, token: string) {
  return Promise.all(
    proxies.map(async ({ name, publicPort }) => {
      const { status } = await callAdd(Object.assign(new URL(mcpUrl), { port: String(publicPort) }), token)
      return { proxy: name, status }
    }),
  )
}

const subject = (fact: Fact): string => fact.subject
