/** What the provider-bridge is asked about the user of a grant: who signed in when, and for which service. */
import type { CheckUserInput } from '@gateway/contracts'
import { serviceIdOf } from '@gateway/oauth'
import type { GrantedAccess } from './claims.ts'

/** With the service its own access rules are judged, not only those of all services. */
export function userCheckOf({
  sub,
  auth_time,
  resource,
}: Pick<GrantedAccess, 'sub' | 'auth_time' | 'resource'>): CheckUserInput {
  return { sub, since: auth_time, service: serviceIdOf(resource) }
}
