/** Entra's answers, and what is peculiar about them. */
import { describe, expect, it } from 'vitest'
import { providerSettings } from '../domain/provider-settings.ts'
import { entra as row } from '../domain/providers/entra.ts'
import { startBridge } from '../test-support/recorded-bridge.ts'
import type { RecordedProvider } from '../test-support/recorded-provider.ts'
import {
  disabledUser,
  entra,
  GRAPH,
  graphForbidden,
  groupOverage,
  LAST_GROUP,
  memberships,
  TENANT,
} from '../test-support/recordings/entra.ts'

const organizations = ({ origin }: RecordedProvider) => ({ domain: origin, tenant: 'organizations' })
const start = (config: Readonly<Record<string, unknown>> = {}) =>
  startBridge({ id: 'entra', recording: entra, keys: organizations, config })
const TOKEN = '/organizations/oauth2/v2.0/token'

describe('a sign-in with Entra', () => {
  it('of any tenant is verified against the issuer of its own tenant', async () => {
    const { idp, signIn, failure } = await start()
    expect((await (await signIn()).finished).profile).toEqual({
      sub: 'entra:AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      id: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      provider: 'entra',
      name: 'Ada Lovelace',
      picture: 'https://graph.microsoft.com/v1.0/me/photo/$value',
    })
    const other = '00000000-0000-4000-8000-000000000001'
    for (const claims of [
      { iss: `${idp.origin}/${other}/v2.0` },
      { tid: other },
      { iss: `${idp.origin}/{tenantid}/v2.0` },
    ]) {
      idp.script.idToken = { ...idp.script.idToken, iss: `${idp.origin}/${TENANT}/v2.0`, tid: TENANT, ...claims }
      expect(await failure()).toEqual(['login_failed', 'answer_invalid'])
    }
  })

  it('never names a resource, neither at the beginning nor with the code (AADSTS9010010, pain-20)', async () => {
    const { idp, signIn } = await start()
    const { url, finished } = await signIn()
    await finished
    expect(new URL(url).searchParams.has('resource')).toBe(false)
    expect(idp.asked.find(({ path }) => path === TOKEN)?.form.has('resource')).toBe(false)
    const configured = { client_id: 'c', tenant: TENANT, extra_params: { resource: 'x' }, allow_insecure: false }
    expect(providerSettings('entra', configured).problems).toEqual([expect.stringContaining('AADSTS9010010')])
  })

  it('goes on without an e-mail; one counts only when the owner of its domain was verified', async () => {
    const { idp, signIn, failure } = await start({ access: { allow: { domains: ['contoso.example'] } } })
    expect(await failure()).toEqual(['user_denied', 'not_allowed'])
    const claims = idp.script.idToken
    idp.script.idToken = { ...claims, email: 'ada@contoso.example', email_verified: true }
    expect(await failure()).toEqual(['user_denied', 'email_unverified'])
    for (const xms_edov of [true, '1', 1]) {
      idp.script.idToken = { ...claims, email: 'ada@contoso.example', xms_edov }
      expect((await (await signIn()).finished).profile.email_verified).toBe(true)
    }
  })

  it.each([
    ['_claim_names', groupOverage],
    ['hasgroups', { hasgroups: true }],
  ])('of somebody in more than 200 groups asks Microsoft Graph for them, page by page (%s)', async (_name, overage) => {
    const { idp, signIn } = await start({ access: { allow: { groups: [LAST_GROUP] }, deny: { groups: ['guests'] } } })
    idp.script.idToken = { ...idp.script.idToken, ...overage }
    Object.assign(idp.script.answers, memberships(idp.origin, 2))
    const { url, finished } = await signIn()
    expect((await finished).profile.groups).toEqual(['0f4c8a4e-3f0b-4c8e-9a53-6c1f6a2b7d10', LAST_GROUP])
    expect(new URL(url).searchParams.get('scope')).toBe('openid email profile offline_access User.Read')
    const asked = idp.asked.filter(({ path }) => path.startsWith('/v1.0/'))
    expect(asked.map(({ headers }) => headers.authorization?.split(' ')[0])).toEqual(['Bearer', 'Bearer'])
  })

  it('asks nothing of Microsoft Graph where the token has the groups', async () => {
    const { idp, signIn } = await start({ access: { deny: { groups: ['guests'] } } })
    idp.script.idToken = { ...idp.script.idToken, _claim_names: {}, groups: ['5f1c-staff'] }
    expect((await (await signIn()).finished).profile.groups).toEqual(['5f1c-staff'])
    expect(idp.count('/v1.0/me/transitiveMemberOf')).toBe(0)
  })

  it('of somebody whose groups cannot be read whole is kept out of what groups decide, and of nothing else', async () => {
    const { idp, failure } = await start({ access: { deny: { groups: ['guests'] } } })
    idp.script.idToken = { ...idp.script.idToken, ...groupOverage }
    for (const answers of [
      {},
      { [GRAPH]: graphForbidden },
      { [GRAPH]: { body: 'no list' } },
      memberships(idp.origin, 11),
      memberships('https://evil.example', 2),
    ]) {
      idp.script.answers = answers
      expect(await failure()).toEqual(['user_denied', 'groups_unknown'])
    }
    const open = await start()
    open.idp.script.idToken = { ...open.idp.script.idToken, ...groupOverage }
    expect((await (await open.signIn()).finished).profile).not.toHaveProperty('groups')
  })

  it('of somebody in more groups than are read is let in by one that was read', async () => {
    const { idp, signIn } = await start({ access: { allow: { groups: ['0f4c8a4e-3f0b-4c8e-9a53-6c1f6a2b7d10'] } } })
    idp.script.idToken = { ...idp.script.idToken, ...groupOverage }
    Object.assign(idp.script.answers, memberships(idp.origin, 11))
    expect((await (await signIn()).finished).profile.name).toBe('Ada Lovelace')
    expect(idp.count('/v1.0/me/transitiveMemberOf')).toBe(10)
  })

  it('is asked again at a refresh, and stops where a group was lost (pain-14)', async () => {
    const { idp, deps, bridge, signIn } = await start({ access: { allow: { groups: [LAST_GROUP] } } })
    idp.script.idToken = { ...idp.script.idToken, ...groupOverage }
    idp.script.refreshToken = String(entra.tokenAnswer?.['refresh_token'])
    Object.assign(idp.script.answers, memberships(idp.origin, 1))
    const { profile, auth_time } = await (await signIn()).finished
    deps.clock.advance(3_600_000)
    expect(await bridge.check(profile.sub, auth_time)).toEqual({ profile })
    idp.script.answers[GRAPH] = { body: { value: [] } }
    deps.clock.advance(3_600_000)
    const checked = bridge.check(profile.sub, auth_time)
    await expect(checked).rejects.toMatchObject({ code: 'user_denied', detail: { rule: 'not_allowed' } })
  })

  it('keeps to tenants by their claim, and is open to every organisation otherwise, which is said at start', async () => {
    const closed = await start({ access: { allow: { claims: { tid: ['another'] } } } })
    expect(await closed.failure()).toEqual(['user_denied', 'not_allowed'])
    expect(closed.log()).not.toContain('everybody')
    expect((await start()).log()).toContain('everybody with a Microsoft account')
    const own = await start({ access: { allow: { claims: { tid: [TENANT] } } } })
    expect((await (await own.signIn()).finished).profile.name).toBe('Ada Lovelace')
  })
})

describe('an Entra user whose account was disabled', () => {
  it('stops at the next refresh, and the words of Entra go nowhere (pain-14)', async () => {
    const { idp, deps, bridge, signIn, log } = await start()
    const { profile, auth_time } = await (await signIn()).finished
    idp.script.instead[TOKEN] = disabledUser
    deps.clock.advance(3_600_000)
    await expect(bridge.check(profile.sub, auth_time)).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(log()).not.toMatch(/AADSTS|disabled/)
  })
})

describe('the issuer that Entra’s metadata names', () => {
  const at = 'https://login.microsoftonline.com'
  const other = '00000000-0000-4000-8000-000000000001'

  it.each([
    ['organizations', `${at}/organizations/v2.0`, `${at}/{tenantid}/v2.0`, true],
    ['a tenant by one of its domains', `${at}/contoso.com/v2.0`, `${at}/${TENANT}/v2.0`, true],
    ['a tenant in version 1.0', `${at}/${TENANT}`, `https://sts.windows.net/${TENANT}/`, true],
    ['another tenant in version 1.0', `${at}/${TENANT}`, `https://sts.windows.net/${other}/`, false],
    ['another tenant', `${at}/${TENANT}/v2.0`, `${at}/${other}/v2.0`, false],
    ['all tenants, where one was meant', `${at}/${TENANT}/v2.0`, `${at}/{tenantid}/v2.0`, false],
    ['another host', `${at}/organizations/v2.0`, `https://evil.example/{tenantid}/v2.0`, false],
    ['a longer host', `${at}/organizations/v2.0`, `${at}.evil.example/{tenantid}/v2.0`, false],
    ['something below', `${at}/organizations/v2.0`, `${at}/x/{tenantid}/v2.0`, false],
  ])('may be: %s', (_name, configured, told, may) => {
    expect(row.mayTellIssuer?.(configured, told)).toBe(may)
  })
})
