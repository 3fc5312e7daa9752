/** The token-issuer, small and in memory. */
import {
  type IssueTokenInput,
  introspectToken,
  issueClientToken,
  issueToken,
  jwks,
  listFamilies,
  type RingName,
  refreshToken,
  revokeFamily,
  revokeToken,
} from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import type { AppDeps } from '@gateway/service'
import type { Answer } from './neighbours.ts'

/** In the form of a JWT, since whose it is stands in it. */
function accessTokenOf(family: string, client_id: string): string {
  return `e30.${Buffer.from(JSON.stringify({ family, client_id })).toString('base64url')}.signature`
}

export async function serveTokenIssuer(answer: Answer, deps: AppDeps): Promise<Issued> {
  const families = new Map<string, IssueTokenInput>()
  const revoked: string[] = []
  const tokens = (family: string, scopes: readonly string[]) => ({
    access_token: accessTokenOf(family, families.get(family)?.client_id ?? family),
    token_type: 'Bearer' as const,
    expires_in: 3_600,
    refresh_token: `refresh-${family}`,
    scope: scopes.join(' '),
  })
  await answer(issueToken, async (input) => {
    if (families.has(input.family)) throw new Refusal('code_replayed')
    families.set(input.family, input)
    return tokens(input.family, input.scopes)
  })
  await answer(refreshToken, async ({ refresh_token, scopes }) => {
    const family = refresh_token.slice('refresh-'.length)
    const started = families.get(family)
    if (!started) throw new Refusal('refresh_token_invalid')
    return tokens(family, scopes ?? started.scopes)
  })
  await answer(revokeToken, async ({ token }) => {
    revoked.push(token)
    return {}
  })
  await answer(issueClientToken, async ({ client_id, scopes }) => {
    const { access_token, token_type, expires_in, scope } = tokens(client_id, scopes)
    return { access_token, token_type, expires_in, scope }
  })
  await serveFamilies(answer, deps, { families, revoked })
  return { families, revoked }
}

interface Issued {
  readonly families: Map<string, IssueTokenInput>
  readonly revoked: string[]
}

async function serveFamilies(answer: Answer, deps: AppDeps, { families, revoked }: Issued): Promise<void> {
  await answer(introspectToken, async ({ token, client_id }) => {
    const family = [...families.values()].find((one) => token === accessTokenOf(one.family, one.client_id))
    if (!family || family.client_id !== client_id || revoked.includes(family.family)) return { active: false }
    const { sub, resource: aud, scopes, auth_time, family: sid } = family
    const times = { iat: 0, exp: 1, auth_time }
    return { active: true, iss: 'x', sub, aud, client_id, scope: scopes.join(' '), token_type: 'Bearer', sid, ...times }
  })
  await answer(listFamilies, async ({ sub }) => ({
    families: [...families.values()]
      .filter((family) => family.sub === sub && !revoked.includes(family.family))
      .map(({ family, client_id, resource, scopes, auth_time }) => {
        const at = deps.clock()
        return { family, client_id, resource, scopes, auth_time, started_at: at, refreshed_at: at, expires_at: at }
      }),
  }))
  await answer(revokeFamily, async (input) => {
    const owner = families.get(input.family)?.sub
    if ('sub' in input && owner !== input.sub) throw new Refusal('family_unknown')
    revoked.push(input.family)
    return {}
  })
  await answer(jwks, async ({ ring }: { ring: RingName }) => ({
    keys: [{ kty: 'EC', kid: `${ring}-1`, alg: 'ES256', use: 'sig', crv: 'P-256', x: 'x', y: 'y' }],
  }))
}
