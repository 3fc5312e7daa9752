/** What an operator reads when the owner of an operation says no. */
import type { Refusal } from '@gateway/kernel'

const TEXTS: Readonly<Record<string, string>> = {
  client_not_found: 'there is no client with this id',
  client_configured: 'this client is in the configuration: take it out there',
  family_unknown: 'there is no such grant: gateway users show lists those of a user',
  key_unknown: 'there is no key with this id: gateway keys list has them all',
  malformed_request: 'what was given is not what is expected here: ids are given as the list commands print them',
}

export function refusalText({ code }: Pick<Refusal, 'code'>): string {
  return TEXTS[code] ?? `refused: ${code}`
}
