/**
 * Facts of the streams, read: each of these throws `UnreadableFact` for what has another shape, and the reaction's message
 * is parked then, since no retry would make it readable.
 */
import { type Commit, isCommit, type StoredMessage, UnreadableFact } from '@gateway/bus'
import {
  type AccessRulesState,
  accessRulesStateSchema,
  type ClientState,
  clientStateSchema,
  identityCommitSchema,
  type KeyRingState,
  keyRingStateSchema,
  type Revocation,
  revocationSchema,
  type TokenFamilyState,
  tokenFamilyStateSchema,
} from '@gateway/contracts'
import type { KeyRingEvent } from './domain/key-ring.ts'
import type { TokenFamilyEvent } from './domain/token-family.ts'
import { FAMILY_STATE_VERSION, upcastTokenFamily } from './domain/token-family-upcast.ts'

export function tokenFamilyCommit({ data }: StoredMessage): Commit<TokenFamilyState, TokenFamilyEvent> {
  const commit = asCommit<TokenFamilyEvent>(data)
  const state = commit.stateVersion === FAMILY_STATE_VERSION ? commit.state : upcastTokenFamily(commit)
  return { ...commit, state: readable(tokenFamilyStateSchema, state, 'token family') }
}

export function keyRingCommit({ data }: StoredMessage): Commit<KeyRingState, KeyRingEvent> {
  const commit = asCommit<KeyRingEvent>(data)
  return { ...commit, state: readable(keyRingStateSchema, commit.state, 'key ring') }
}

export function revocation({ data }: StoredMessage): Revocation {
  return readable(revocationSchema, data, 'revocation')
}

export function clientCommit({ data }: StoredMessage): Commit<ClientState> {
  const commit = asCommit(data)
  return { ...commit, state: readable(clientStateSchema, commit.state, 'client') }
}

export interface EndedSignIns {
  readonly sub: string
  /** Those before; undefined: none. Milliseconds since the epoch. */
  readonly before: number | undefined
  readonly actor: string
}

export function identityCommit({ data }: StoredMessage): EndedSignIns {
  const { actor } = asCommit(data)
  const { state, events } = readable(identityCommitSchema, data, 'identity')
  return { sub: events[0].sub, before: state.signInRequiredSince, actor }
}

export function accessRulesCommit({ data }: StoredMessage): Commit<AccessRulesState> {
  const commit = asCommit(data)
  return { ...commit, state: readable(accessRulesStateSchema, commit.state, 'access rules') }
}

function asCommit<Event = unknown>(data: unknown): Commit<unknown, Event> {
  if (!isCommit(data)) throw new UnreadableFact('no commit')
  return data as Commit<unknown, Event>
}

interface Schema<Shape> {
  safeParse(value: unknown): { readonly success: true; readonly data: Shape } | { readonly success: false }
}

function readable<Shape>(schema: Schema<Shape>, value: unknown, what: string): Shape {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new UnreadableFact(`unknown shape of a ${what}`)
  return parsed.data
}
