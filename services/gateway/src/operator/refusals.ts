/** What an operator reads when the owner of an operation says no. */
import type { Refusal } from '@gateway/kernel'

const TEXTS: Readonly<Record<string, string>> = {
  client_not_found: 'there is no client with this id',
  client_may_hold_tokens: 'clients that were used so recently may hold refresh tokens: choose more --unused-days',
  family_unknown: 'there is no such grant: gateway users show lists those of a user',
  key_unknown: 'there is no key with this id: gateway keys list has them all',
  malformed_request: 'what was given is not what is expected here: ids are given as the list commands print them',
  message_gone: 'the fact has aged out of its stream: gateway parked drop',
  not_parked: 'this fact is not parked: gateway parked list has those that are',
  still_unreadable: 'it still cannot be read, and stays parked',
  unknown_projection: 'there is no such projection: gateway projections list has them all',
}

export function refusalText({ code }: Pick<Refusal, 'code'>): string {
  return TEXTS[code] ?? `refused: ${code}`
}
