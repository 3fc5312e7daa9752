/**
 * `/account`: a person's own connected apps and browsers, without script. Every change is a form of our own page that carries
 * a token of this very session; what it names is looked up among what the user has, so that nothing of others can be named.
 */
import { handle } from '@gateway/bus'
import { endUpstreamSession, type ListedFamily, listFamilies, resolveClient, revokeFamily } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { consents } from '../aggregates.ts'
import { sendToProvider } from '../begin-login.ts'
import { ask, type Context, pagesFor, type Route } from '../context.ts'
import { dropSession } from '../cookies.ts'
import { consentIdOf } from '../domain/consent.ts'
import { type Parameters, readParameters } from '../domain/parameters.ts'
import { isForm } from '../form.ts'
import { assertOwnPage } from '../own-page.ts'
import { type AccountView, connectedApps, listedSessions } from '../pages/account-view.ts'
import { sendHop, sendPage } from '../pages/pages.ts'
import { accountName, shownName } from '../pages/shown.ts'
import type { Texts } from '../pages/texts.ts'
import { type Account, signedIn } from '../signed-in.ts'
import { record } from './answers.ts'

/** @returns where else the browser goes: to the identity provider */
type Act = (context: Context, request: FastifyRequest, done: Done) => Promise<string | undefined>

interface Done {
  readonly account: Account
  readonly form: Parameters
}

/** What the forms of the page do. Afterwards the browser is shown the page again, unless it is sent elsewhere. */
const ACTS: Readonly<Record<string, Act>> = {
  '/account/sign-out': signOut,
  '/account/apps/disconnect': (context, request, { account, form }) =>
    disconnect(context, request, account, (family) => isOf(family, form)),
  '/account/apps/disconnect-all': (context, request, { account }) => disconnect(context, request, account, () => true),
  '/account/sessions/end': (context, request, { account, form }) =>
    endSessions(context, request, account, [form.get('session') ?? '']),
  '/account/sessions/end-others': endOthers,
}

export function accountRoutes(context: Context): readonly Route[] {
  const route = { surface: 'page', cors: false } as const
  const post = (url: string, handler: Route['handler']): Route => ({ ...route, method: 'POST', url, handler })
  return [
    { ...route, method: 'GET', url: '/account', handler: (request, reply) => show(context, request, reply) },
    post('/account/sign-in', async (request, reply) => {
      assertOwnPage(context, request)
      return sendToProvider(context, request, reply)
    }),
    ...Object.entries(ACTS).map(([url, act]) =>
      post(url, async (request, reply) => {
        const done = await formOf(context, request, reply)
        const url = done && (await act(context, request, done))
        if (act === signOut) dropSession(context, reply)
        if (url !== undefined) return sendSignedOut(context, request, reply, url)
        return reply.header('Cache-Control', 'no-store').redirect(`${context.config.issuer}/account`, 303)
      }),
    ),
  ]
}

async function show(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const account = await signedIn(context, request, reply)
  const pages = pagesFor(context, request)
  const shown = account && (await accountOf(context, request, account, pages.texts))
  const html = pages.account({ requestId: request.id, ...(shown === undefined ? {} : { account: shown }) })
  return sendPage(reply, pages, { status: 200, html, referrer: 'same-origin' })
}

async function accountOf(
  context: Context,
  request: FastifyRequest,
  { session, profile, requiredSince }: Account,
  texts: Texts,
): Promise<NonNullable<AccountView['account']>> {
  const [listed, allSessions] = await Promise.all([
    ask(context, request, listFamilies, { sub: session.sub }),
    context.sessions.of(session.sub),
  ])
  const stands = ({ auth_time }: { readonly auth_time: number }) => auth_time * 1000 >= requiredSince
  const families = listed.families.filter(stands)
  const sessions = allSessions.filter(stands)
  const names = await clientNames(context, request, families, texts)
  return {
    ...accountName(profile, texts),
    token: tokenOf(context, session.key),
    apps: connectedApps(families, texts, {
      client: (id) => names.get(id),
      service: (uri) => context.catalogue.byResource(uri),
    }),
    sessions: listedSessions(sessions, session.key, texts),
  }
}

/** Those that are still known; of a metadata document that cannot be read now, the host. */
async function clientNames(
  context: Context,
  request: FastifyRequest,
  families: readonly ListedFamily[],
  texts: Texts,
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(families.map((family) => family.client_id))]
  const named = ids.map(async (id): Promise<readonly [string, string] | undefined> => {
    try {
      const { client } = await ask(context, request, resolveClient, { client_id: id })
      return [id, shownName(client.metadata.client_name, texts)]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const host = URL.parse(id)?.host
      return host === undefined ? undefined : [id, host]
    }
  })
  return new Map((await Promise.all(named)).filter((name) => name !== undefined))
}

/** RFC 9700 §4.7, RFC 6749 §10.12 (CSRF). Undefined when nobody is signed in (any more). @throws Refusal `cross_site`, `request_malformed`, `account_form_invalid` */
async function formOf(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<Done | undefined> {
  assertOwnPage(context, request)
  if (!isForm(request)) throw new Refusal('request_malformed')
  const form = readParameters(request.body)
  const account = await signedIn(context, request, reply)
  if (!account) return undefined
  // Of this very session: the form of another one, or of an earlier sign-in, changes nothing.
  if (!isTokenOf(context, account.session.key, form.get('token') ?? '')) throw new Refusal('account_form_invalid')
  return { account, form }
}

const PURPOSE = 'account-form'

function tokenOf({ keyring }: Context, sessionKey: string): string {
  return `${keyring.activeId}.${keyring.mac(PURPOSE, sessionKey)}`
}

function isTokenOf({ keyring }: Context, sessionKey: string, token: string): boolean {
  const [keyId = '', mac = ''] = token.split('.', 2)
  return keyring.verifyMac(PURPOSE, sessionKey, keyId, mac)
}

const isOf = (family: ListedFamily, form: Parameters) =>
  family.client_id === form.get('client_id') && family.resource === form.get('resource')

/** The consent first, so that no remembered yes starts anew what is being ended. */
async function disconnect(
  context: Context,
  request: FastifyRequest,
  { session: { sub } }: Account,
  chosen: (family: ListedFamily) => boolean,
): Promise<undefined> {
  const { families } = await ask(context, request, listFamilies, { sub })
  const ended = families.filter((family) => chosen(family))
  const at = context.clock()
  const decision = { requestId: request.id, actor: `user:${sub}`, at }
  const given = new Set(ended.map(({ client_id, resource }) => consentIdOf({ sub, client_id, resource })))
  for (const id of given) await handle(context.bus, consents, id, { type: 'WithdrawConsent', at }, decision)
  await Promise.all(
    ended.map(({ family }) => ask(context, request, revokeFamily, { reason: 'user_request', family, sub })),
  )
}

async function endOthers(context: Context, request: FastifyRequest, { account }: Done): Promise<undefined> {
  const sessions = await context.sessions.of(account.session.sub)
  const others = sessions.filter(({ key }) => key !== account.session.key).map(({ key }) => key)
  await endSessions(context, request, account, others)
}

async function endSessions(
  context: Context,
  request: FastifyRequest,
  { session: { sub } }: Account,
  keys: readonly string[],
): Promise<undefined> {
  for (const key of keys) {
    const ended = await context.sessions.end(sub, key)
    if (ended) record(context, request, 'audit.session.ended', { decision: 'recorded', sub })
  }
}

/** Here at once; at the identity provider where it lets itself be asked (OpenID Connect RP-Initiated Logout §2). */
async function signOut(context: Context, request: FastifyRequest, { account }: Done): Promise<string | undefined> {
  const { sub, key } = account.session
  await endSessions(context, request, account, [key])
  return endUpstream(context, request, sub)
}

function sendSignedOut(context: Context, request: FastifyRequest, reply: FastifyReply, url: string): FastifyReply {
  const pages = pagesFor(context, request)
  const { hop } = pages.texts
  return sendHop(reply, pages, { title: hop.signedOut, note: hop.signedOutNote, url })
}

/**
 * The sign-out here has happened; a provider that is away changes nothing about it. Connected apps stay connected, and are asked
 * after with the tokens that the provider gave: these are revoked with the last of what they are needed for.
 */
async function endUpstream(context: Context, request: FastifyRequest, sub: string): Promise<string | undefined> {
  const post_logout_redirect_uri = `${context.config.issuer}/account`
  try {
    const [{ families }, sessions] = await Promise.all([
      ask(context, request, listFamilies, { sub }),
      context.sessions.of(sub),
    ])
    const revoke = families.length === 0 && sessions.length === 0
    const { url } = await ask(context, request, endUpstreamSession, { sub, revoke, post_logout_redirect_uri })
    return url
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof Unavailable)) throw error
    request.log.warn({ err: error }, 'the identity provider was not asked to end its session')
    return undefined
  }
}
