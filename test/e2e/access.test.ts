/** Who may come in, in five processes: rules that become tighter, a block and an erasure reach everything that was issued. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBrowser, createOAuthClient, type Page } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerConsent } from './sign-in.ts'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { type Operator, startOperator } from './stack/operator.ts'
import { callModern, type Granted, obtainGrant, REDIRECT } from './wire.ts'

const GRACE_ALONE = `
access: { allow: { emails: [grace@demo.example] }, contact: "the help desk" }
`

describe('who may come in, in five processes', () => {
  let stack: FiveProcesses
  let operator: Operator
  let client: ReturnType<typeof createOAuthClient>
  beforeAll(async () => {
    stack = await startFiveProcesses()
    operator = await startOperator(stack)
    client = createOAuthClient(stack.issuer)
  })
  afterAll(async () => {
    await operator?.stop()
    await stack?.stop()
  })

  const status = async (accessToken: string) => (await callModern(stack, accessToken, 'whoami')).status
  const refresh = ({ clientId, refreshToken }: Granted) =>
    client.refresh({ client_id: clientId, refresh_token: refreshToken })
  const subOf = async (name: string) => {
    const users = await operator.json<{ sub: string; profile?: { name?: string } }[]>('users', 'list')
    return users.find(({ profile }) => profile?.name === name)?.sub ?? ''
  }

  /** The page at which a new sign-in ends. */
  function signInAgain({ clientId }: Granted, person: string): Promise<Page> {
    const { url } = client.authorization({ client_id: clientId, redirect_uri: REDIRECT, resource: stack.mcpUrl })
    return answerConsent(url, REDIRECT, 'approve', person)
  }

  it('a tightened rule: older tokens are refused at the proxy, and refreshes and sign-ins judged anew', async () => {
    const ada = await obtainGrant(stack, client)
    const grace = await obtainGrant(stack, client, 'Grace Hopper')
    expect([await status(ada.accessToken), await status(grace.accessToken)]).toEqual([200, 200])

    const changedAt = Date.now()
    await appendFile(join(stack.folder, 'config.yaml'), GRACE_ALONE)
    await expect.poll(() => status(ada.accessToken), { timeout: 30_000, interval: 20 }).toBe(401)
    console.log(`from the changed file to the refusal at the proxy: ${Date.now() - changedAt} ms`)
    expect(await status(grace.accessToken)).toBe(401)

    expect(await refresh(ada)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    // A token of the very second in which the rules changed is refused too; the next one is not.
    const renew = async () => status(String((await refresh(grace)).body['access_token']))
    await expect.poll(renew, { timeout: 10_000, interval: 500 }).toBe(200)

    await expect.poll(async () => (await signInAgain(ada, 'Ada Lovelace')).text).toContain('the help desk')
    const page = await signInAgain(ada, 'Ada Lovelace')
    expect([page.status, page.stopped]).toEqual([403, false])
    expect(page.links.map(({ href }) => new URL(href, page.url).searchParams.get('error'))).toContain('access_denied')
    const buttons = page.forms.flatMap((form) => form.buttons)
    expect(buttons.map(({ text }) => text)).toEqual(['Use another account'])
    const { out } = await operator.gateway('audit', 'search', '--user', await subOf('Ada Lovelace'), '--json')
    expect(out).toMatch(/"type":"audit\.login\.failed".*"reason":"user_denied"/)
  })

  it('a block: stops access tokens, refresh tokens, browser sessions and new sign-ins at once', async () => {
    const grace = await obtainGrant(stack, client, 'Grace Hopper')
    const browser = createBrowser({ stopAt: REDIRECT })
    const provider = await browser.submit(await browser.open(`${stack.issuer}/account`), { button: 'Sign in' })
    const choice = provider.forms.flatMap((form) => form.buttons).find(({ text }) => text.includes('Grace Hopper'))
    expect((await browser.submit(provider, { button: choice?.text })).text).toContain('Grace Hopper')

    expect((await operator.gateway('users', 'block', await subOf('Grace Hopper'))).code).toBe(0)
    expect(await status(grace.accessToken)).toBe(401)
    expect(await refresh(grace)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await browser.open(`${stack.issuer}/account`)).text).not.toContain('Grace Hopper')
    const page = await signInAgain(grace, 'Grace Hopper')
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('Your account is blocked')])
  })

  it('an erasure: says what remains, and nothing of the person is held any more', async () => {
    const sub = await subOf('Grace Hopper')
    const { code, out } = await operator.gateway('users', 'erase', sub, '--yes')
    expect([code, out]).toEqual([0, expect.stringMatching(/e-mail address, name, avatar[^]*the id oidc:grace-hopper/)])
    expect(await subOf('Grace Hopper')).toBe('')
    const shown = await operator.json<Record<string, unknown>>('users', 'show', sub)
    expect(shown).toMatchObject({ status: 'erased', blocked: true, grants: [] })
    expect(shown).not.toHaveProperty('profile')
  })
})
