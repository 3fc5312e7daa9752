/** Tells of the access rules of this configuration, so that what was issued under looser ones is judged anew. */
import { handle, load } from '@gateway/bus'
import { newId } from '@gateway/kernel'
import { accessRulesInForce, type BridgeDeps, SERVICE } from '../deps.ts'
import { ACCESS, digested } from '../domain/access-rules.ts'

const LABEL = 'access-rules'

/** The ids of the services whose rules became tighter. May be repeated. @throws Unavailable */
export async function publishAccessRules({
  bus,
  clock,
  keyring,
  rules,
  provider,
}: Pick<BridgeDeps, 'bus' | 'clock' | 'keyring' | 'rules' | 'provider'>): Promise<readonly string[]> {
  const { state } = await load(bus, accessRulesInForce, ACCESS)
  const under = (key: string) =>
    digested(rules, provider?.settings.claims.groups ?? [], key, (text) => keyring.mac(LABEL, text, key))
  const current = under(keyring.activeId)
  const earlier = state.rules?.key
  const comparable = earlier !== undefined && keyring.has(earlier) ? under(earlier) : current
  const at = clock()
  const command = { type: 'ApplyRules', rules: current, comparable, at } as const
  const decision = { requestId: newId(), actor: `service:${SERVICE}`, at }
  const { events } = await handle(bus, accessRulesInForce, ACCESS, command, decision)
  return events.flatMap(({ tightened }) => tightened)
}
