/** Commits of a token family as version 1 of its state was written. */

export const FAMILY = 'ORMlGKcrr0l9uMTQ_ypxkA'

/** As version 1 wrote them, read from a stream: a code redeemed, its token rotated, the family revoked. */
const grantV1 = {
  family: FAMILY,
  sub: 'custom:alice',
  client_id: 'Ijb4HYJMC7yURaUd0IrtUw',
  resource: 'http://localhost:8080/calculator/mcp',
  scopes: ['read', 'calculate'],
  auth_time: 1767225595,
  refreshable: true,
}
const activeV1 = { status: 'active', ...grantV1, started_at: 1767225600000, refreshed_at: 1767225600000, generation: 0 }
export const startedV1 = {
  id: 'HJ-VOqZ3rOnPPNBGgwJXEw.q2U7xLbW-0',
  version: 1,
  at: 1767225600000,
  actor: 'user:custom:alice',
  events: [{ type: 'FamilyStarted', ...grantV1, at: 1767225600000 }],
  state: { ...activeV1, superseded: [] },
  stateVersion: 1,
}
export const rotatedV1 = {
  id: 'E9SKXrGi4TDyfeCmzmyVQA.q2U7xLbW-0',
  version: 2,
  at: 1767229200000,
  actor: 'client:Ijb4HYJMC7yURaUd0IrtUw',
  events: [{ type: 'TokenRotated', generation: 1, superseded_until: 1767229230000, at: 1767229200000 }],
  state: {
    ...activeV1,
    refreshed_at: 1767229200000,
    generation: 1,
    superseded: [{ from: 0, through: 0, until: 1767229230000 }],
  },
  stateVersion: 1,
}
export const revokedV1 = {
  ...rotatedV1,
  id: 'cB5XaIYgZ1R0h4dNPp0WfA.q2U7xLbW-0',
  version: 3,
  events: [{ type: 'FamilyRevoked', reason: 'user_request', at: 1767229300000 }],
  state: {
    status: 'revoked',
    family: FAMILY,
    sub: 'custom:alice',
    client_id: 'Ijb4HYJMC7yURaUd0IrtUw',
    resource: 'http://localhost:8080/calculator/mcp',
    started_at: 1767225600000,
    revoked_at: 1767229300000,
    reason: 'user_request',
  },
}
