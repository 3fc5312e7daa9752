/** A steady load of every kind of request, that remembers what was acknowledged and how each answer looked. */
import { createOAuthClient, type OAuthClient } from '@gateway/testing'
import type { Stack } from '../e2e/stack/stack.ts'
import { callAdd } from './call.ts'
import { patientFetch, register, signIn } from './flow.ts'
import { type Family, generationOf, type Ledger } from './ledger.ts'
import { DONE, failed, judge, type Kind, type Observations, type Verdict } from './observations.ts'

export interface Loaded {
  readonly stack: Stack
  readonly ledger: Ledger
  readonly observations: Observations
}

/** Milliseconds between two of one kind. */
const PAUSES_MS = { call: 40, refresh: 120, 'sign-in': 250, register: 250, revoke: 500 } as const satisfies Record<
  Kind,
  number
>
const CALLERS = 3
/** Each sign-in of this many sends its code twice. */
const TWICE_EVERY = 4
/** Families that are refreshed all the time and never revoked. */
const REFRESHED = 4
const PEOPLE = ['Ada Lovelace', 'Grace Hopper'] as const

export class Load {
  readonly #requests: Requests
  #running = false
  #loops: Promise<unknown> = Promise.resolve()

  private constructor(requests: Requests) {
    this.#requests = requests
  }

  /** Signs in whom it needs; sends nothing yet. @throws when that fails with nothing broken */
  static async prepare(loaded: Loaded): Promise<Load> {
    const requests = new Requests(loaded)
    await requests.prepare()
    return new Load(requests)
  }

  start(): void {
    const requests = this.#requests
    this.#running = true
    this.#loops = Promise.all([
      ...Array.from({ length: CALLERS }, () => this.#repeat('call', () => requests.call(requests.calling.accessToken))),
      this.#repeat('refresh', () => requests.refresh()),
      this.#repeat('sign-in', () => requests.signIn()),
      this.#repeat('register', () => requests.register()),
      this.#repeat('revoke', () => requests.revoke()),
    ])
  }

  /** Resolves once everything that was sent has been answered. */
  async stop(): Promise<void> {
    this.#running = false
    await this.#loops
  }

  async #repeat(kind: Kind, work: () => Promise<unknown>): Promise<void> {
    while (this.#running) {
      await work()
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[kind]))
    }
  }
}

class Requests {
  readonly #loaded: Loaded
  readonly #client: OAuthClient
  readonly #refreshed: Family[] = []
  #turn = 0

  constructor(loaded: Loaded) {
    this.#loaded = loaded
    this.#client = createOAuthClient(loaded.stack.issuer, patientFetch)
  }

  /** Whose first access token all callers use, for as long as the load lasts; it is never refreshed. */
  get calling(): Family {
    const [first] = this.#refreshed
    if (!first) throw new Error('nobody has signed in')
    return first
  }

  /** @throws when a sign-in fails with nothing broken */
  async prepare(): Promise<void> {
    for (let index = 0; index <= REFRESHED; index++) {
      const outcome = await this.#newFamily(false)
      if ('verdict' in outcome) throw new Error(`the load cannot begin: ${JSON.stringify(outcome.verdict)}`)
      outcome.value.state = 'kept'
      this.#refreshed.push(outcome.value)
    }
    const called = await this.call(this.calling.accessToken)
    if (called.is !== 'done') throw new Error(`the load cannot begin: ${JSON.stringify(called)}`)
  }

  call(accessToken: string): Promise<Verdict> {
    const { stack, ledger, observations } = this.#loaded
    return observations.observe('call', async () => {
      const { status, text } = await callAdd(stack.mcpUrl, accessToken)
      if (status !== 200) return failed(`${status} ${text.slice(0, 200)}`)
      ledger.calls++
      return DONE
    })
  }

  /** Two at once with one token (pain-1), then a call with what came. */
  async refresh(): Promise<void> {
    const { observations } = this.#loaded
    const family = this.#refreshed[1 + (this.#turn++ % REFRESHED)]
    if (!family) return
    const { clientId, refreshToken, generation } = family
    const answers = await Promise.all([0, 1].map(() => this.#refreshOnce(clientId, refreshToken)))
    const tokens = answers.flatMap((answer) => (answer === undefined ? [] : [answer]))
    if (new Set(tokens.map((body) => body.refresh_token)).size > 1) {
      observations.violations.push(`one refresh token of family ${family.sid} became two`)
    }
    const [body] = tokens
    if (!body) return
    family.accessToken = String(body.access_token)
    family.refreshToken = String(body.refresh_token)
    family.generation = generationOf(family.refreshToken)
    if (family.generation <= generation) observations.violations.push(`family ${family.sid} went back`)
    await this.call(family.accessToken)
  }

  async #refreshOnce(clientId: string, token: string): Promise<Record<string, unknown> | undefined> {
    let body: Record<string, unknown> | undefined
    await this.#loaded.observations.observe('refresh', async () => {
      const answer = await this.#client.refresh({ client_id: clientId, refresh_token: token })
      if (answer.status === 200) body = answer.body
      return judge(answer)
    })
    return body
  }

  async signIn(): Promise<void> {
    const twice = this.#turn++ % TWICE_EVERY === 0
    await this.#loaded.observations.observe('sign-in', async () => {
      const outcome = await this.#newFamily(twice)
      return 'verdict' in outcome ? outcome.verdict : DONE
    })
  }

  register(): Promise<Verdict> {
    const { ledger, observations } = this.#loaded
    return observations.observe('register', async () => {
      const outcome = await register(this.#client)
      if ('verdict' in outcome) return outcome.verdict
      ledger.clients.push(outcome.value)
      return DONE
    })
  }

  async revoke(): Promise<void> {
    const { ledger, observations } = this.#loaded
    const family = ledger.takeForRevocation()
    if (!family) return
    await observations.observe('revoke', async () => {
      const answer = await this.#client.revoke({ client_id: family.clientId, token: family.refreshToken })
      if (answer.status === 200) family.state = 'revoked'
      return judge(answer)
    })
  }

  async #newFamily(twice: boolean) {
    const { stack, ledger, observations } = this.#loaded
    const registered = await register(this.#client)
    if ('verdict' in registered) return registered
    const clientId = registered.value
    ledger.clients.push(clientId)
    const person = PEOPLE[this.#turn % PEOPLE.length] ?? PEOPLE[0]
    try {
      const outcome = await signIn({ client: this.#client, clientId, resource: stack.mcpUrl, person, twice })
      if ('verdict' in outcome) return outcome
      return { value: ledger.started(clientId, person, outcome.value.tokens, twice) }
    } catch (error) {
      if (error instanceof Error && error.message === 'double redemption') observations.violations.push(error.message)
      throw error
    }
  }
}
