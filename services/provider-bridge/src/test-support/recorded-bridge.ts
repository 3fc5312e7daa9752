/** The service under test beside a recorded provider: started with a configuration, asked as its callers ask. */
import type { Server } from 'node:http'
import type { App } from '@gateway/service'
import { encrypted, namespaced } from '@gateway/store'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { createApp } from '../app.ts'
import { People } from '../people.ts'
import { auditTrail, callers, lastCommit, refusalOf } from './bridge.ts'
import { type RecordedProvider, type Recording, startRecordedProvider } from './recorded-provider.ts'

interface Situation {
  readonly id: string
  readonly recording: Recording
  /** Keys of the provider beside the client; a function is given the provider's issuer. */
  readonly keys?: Readonly<Record<string, unknown>> | ((idp: RecordedProvider) => Readonly<Record<string, unknown>>)
  readonly config?: Readonly<Record<string, unknown>>
  readonly server?: Server
}

export const PROTECTED = { name: 'Calculator', url: 'http://localhost:8082/mcp' }

export async function startBridge({ id, recording, keys, config = {}, server }: Situation) {
  const idp = await startRecordedProvider(recording, server)
  const given = typeof keys === 'function' ? keys(idp) : { issuer: idp.issuer, ...keys }
  const oauth_providers = { [id]: { client_id: 'gateway', client_secret: 'the client secret', ...given } }
  const logged: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const parsed = testConfig({ oauth_providers, mcp_services: { calculator: PROTECTED }, ...config })
  const deps = await testDeps({ config: parsed, log })
  const running: App[] = []
  onTestFinished(async () => {
    for (const app of running) await app.stop()
    await idp.close()
  })
  /** One more replica: the same bus and store, and a configuration of its own where one is given. */
  const replica = async (other: Partial<TestDeps> = {}): Promise<App> => {
    const app = await createApp({ ...deps, ...other })
    running.push(app)
    await app.start()
    return app
  }
  await replica()
  const bridge = callers(deps.bus, deps.clock)
  const store = encrypted(namespaced(deps.store, 'provider-bridge'), deps.keyring, 'provider-bridge')
  const people = new People(store, 1e9)

  async function signIn(extra: Readonly<Record<string, string>> = {}, service?: string) {
    const { url, login, state } = await bridge.begin()
    return { url, state, finished: bridge.finish(login, idp.authorize(url, extra), undefined, service) }
  }

  return {
    idp,
    deps,
    bridge,
    people,
    replica,
    signIn,
    stopAll: async () => {
      for (const app of running.splice(0)) await app.stop()
    },
    log: () => logged.join(''),
    audit: () => auditTrail(deps.bus),
    /** The refusal of a sign-in, and why, as the facts tell. */
    failure: async (extra: Readonly<Record<string, string>> = {}, service?: string) => {
      const { state, finished } = await signIn(extra, service)
      const refusal = await refusalOf(finished)
      const [event] = ((await lastCommit(deps.bus, 'login', state))?.events ?? []) as {
        reason?: string
        rule?: string
      }[]
      return [refusal, event?.rule ?? event?.reason]
    },
  }
}
