/** What the gateway has acknowledged to its clients: whatever happens to it later, this must be there. */
import { claimsOf } from '@gateway/testing'

export interface Family {
  readonly sid: string
  readonly clientId: string
  readonly person: string
  /** As last answered. */
  accessToken: string
  refreshToken: string
  /** Of that refresh token: how many rotations were acknowledged. */
  generation: number
  /** `kept`: the load's own, never revoked. `contested`: its code was sent twice, so it ends once the gateway has seen both. */
  state: 'active' | 'kept' | 'revoking' | 'revoked' | 'contested'
}

export class Ledger {
  readonly clients: string[] = []
  readonly families = new Map<string, Family>()
  /** Proxied calls that were answered. */
  calls = 0

  /** @throws when an answer has no tokens */
  started(clientId: string, person: string, tokens: Readonly<Record<string, unknown>>, contested: boolean): Family {
    const { access_token: accessToken, refresh_token: refreshToken } = tokens
    if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') throw new Error('an answer without tokens')
    const sid = String(claimsOf(accessToken).sid)
    const generation = generationOf(refreshToken)
    const state = contested ? 'contested' : 'active'
    const family: Family = { sid, clientId, person, accessToken, refreshToken, generation, state }
    this.families.set(sid, family)
    return family
  }

  /** A family that the load may end: first the one of which it does not know whether it has. */
  takeForRevocation(): Family | undefined {
    const all = [...this.families.values()]
    const family = all.find(({ state }) => state === 'revoking') ?? all.find(({ state }) => state === 'active')
    if (family) family.state = 'revoking'
    return family
  }
}

/** `<key id>.<family>.<generation>.<mac>` */
export function generationOf(refreshToken: string): number {
  return Number(refreshToken.split('.')[2])
}
