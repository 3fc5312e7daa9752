/**
 * What operators may ask of a running deployment with the `gateway` command. Whoever serves one of these takes its caller for
 * an operator (`actor: 'operator'`): the permissions let nobody else send it, unless the access table says so.
 */
import type { Operation } from '@gateway/kernel'
import type { AuditData, AuditEvent } from './audit.ts'
import { manageParked, manageProjections } from './maintenance.ts'
import { blockUser, eraseUser, listUsers, requireSignIn, showUser, unblockUser } from './provider-bridge.ts'
import { applyServices, listClients, listServices, pruneClients, removeClient, showClient } from './registry.ts'
import { listKeys, retireKey, rotateKey } from './signing-keys.ts'
import { listFamilies, revokeFamily } from './token-issuer.ts'

export const operatorOperations: readonly Operation<unknown, unknown>[] = [
  listUsers,
  showUser,
  blockUser,
  unblockUser,
  requireSignIn,
  eraseUser,
  listFamilies,
  revokeFamily,
  listKeys,
  rotateKey,
  retireKey,
  listClients,
  showClient,
  removeClient,
  pruneClients,
  listServices,
  applyServices,
  ...Object.values(manageParked),
  ...Object.values(manageProjections),
]

/** One command of an operator, as the audit names it. */
export interface OperatorCommand {
  /** `users block` */
  readonly name: string
  /** Whom or what it is about. */
  readonly about: Pick<AuditData, 'sub' | 'client_id' | 'family' | 'kid' | 'ring' | 'service'>
}

/** Published before the command does anything: nothing is done unrecorded. What it changed is told by the facts of its owner. */
export function operatorAsked({ name, about }: OperatorCommand, requestId: string, at: number): AuditEvent {
  const data = { decision: 'recorded', reason: name, ...about, actor: 'operator', request_id: requestId } as const
  return { id: `${requestId}.asked`, type: 'audit.operator.asked', at, data }
}
