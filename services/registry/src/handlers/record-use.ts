/**
 * Reaction to tokens being issued: a client that redeems its first code is kept beyond its registration's age, and each day
 * of use keeps it longer.
 */
import { asCommit, type EventStore, handle, load, type MessageHandler, UnreadableFact } from '@gateway/bus'
import type { Client } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import { z } from 'zod'
import { clients, registrations } from '../aggregates.ts'
import { type ClientCommand, isRenewalDue } from '../domain/client.ts'
import type { Registration } from '../domain/registration.ts'

/** All that is read of a family, whatever else newer versions say of it. The state, because trimming may drop events. */
const activeFamilySchema = z.object({ status: z.literal('active'), client_id: z.string() })
const otherFamilySchema = z.object({ status: z.string() }).refine(({ status }) => status !== 'active')

const KNOWN_MAX = 10_000

export interface RecordUseDeps {
  readonly bus: EventStore
  readonly log: Pick<Logger, 'warn'>
  /** The client to which a token was issued. @throws Refusal when nobody knows it any more */
  readonly findClient: (clientId: string) => Promise<Client>
}

/** @returns the handler of `registry--clients-in-use`; @throws Unavailable from it, to be called again */
export function createRecordUse(deps: RecordUseDeps): MessageHandler {
  const { log } = deps
  /** Of clients seen lately, when their use was last recorded: a rotation of a refresh token then costs no read. */
  const knownUses = new Map<string, number>()

  return async (message) => {
    const use = toUse(message)
    if (use === 'unreadable') throw new UnreadableFact('no token family')
    if (use === 'none') return
    const known = knownUses.get(use.clientId)
    if (known !== undefined && !isRenewalDue(known, use.at)) return
    try {
      remember(knownUses, use.clientId, await recordUse(deps, use))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      log.warn({ client_id: use.clientId, code: error.code }, 'tokens were issued to a client that is gone')
    }
  }
}

interface Use {
  readonly clientId: string
  readonly at: number
  readonly commitId: string
}

function toUse(message: Parameters<MessageHandler>[0]): Use | 'none' | 'unreadable' {
  let commit: ReturnType<typeof asCommit>
  try {
    commit = asCommit(message.data, message.subject)
  } catch {
    return 'unreadable'
  }
  const family = activeFamilySchema.safeParse(commit.state)
  if (family.success) return { clientId: family.data.client_id, at: commit.at, commitId: commit.id }
  return otherFamilySchema.safeParse(commit.state).success ? 'none' : 'unreadable'
}

/** When the client's use is recorded now, which may be later than this use. */
async function recordUse({ bus, findClient }: RecordUseDeps, { clientId, at, commitId }: Use): Promise<number> {
  const client = await findClient(clientId)
  const context = { requestId: `in-use.${commitId}`, actor: `client:${clientId}`, at }
  const { state, version } = await handle(bus, clients, clientId, { type: 'UseClient', client, at }, context)
  if (version === 1 && client.origin === 'registered') await catchUp(bus, client, context)
  return state.status === 'active' ? state.used_at : at
}

/** What the client did with its registration while it was adopted (`manage-client.ts`) must not be lost by that. */
async function catchUp(
  bus: EventStore,
  adopted: Client,
  { requestId, actor, at }: { readonly requestId: string; readonly actor: string; readonly at: number },
): Promise<void> {
  const { state } = await load(bus, registrations, adopted.client_id)
  const command = toCommand(adopted, state, at)
  if (command) await handle(bus, clients, adopted.client_id, command, { requestId: `${requestId}.later`, actor, at })
}

function toCommand(adopted: Client, registration: Registration, at: number): ClientCommand | undefined {
  if (registration.status === 'deleted') return { type: 'DeleteClient', client_id: adopted.client_id, at }
  if (registration.status !== 'registered') return undefined
  const isNewer = (registration.client.credentials?.generation ?? 0) > (adopted.credentials?.generation ?? 0)
  return isNewer ? { type: 'UpdateClient', client: registration.client, at } : undefined
}

function remember(knownUses: Map<string, number>, clientId: string, at: number): void {
  knownUses.delete(clientId)
  knownUses.set(clientId, at)
  const [oldest] = knownUses.keys()
  if (knownUses.size > KNOWN_MAX && oldest !== undefined) knownUses.delete(oldest)
}
