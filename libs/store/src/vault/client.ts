/**
 * Requests to Vault or OpenBao through node-vault, each with the token that it is given.
 *
 * Nothing of a driver's error goes on but a word: network errors hold the token and the written value. Its debug output,
 * which shows the same, is switched off, and none of its environment variables is listened to.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Unavailable } from '@gateway/kernel'
import nodeVault from 'node-vault'
import { certificateProblem } from '../certificate.ts'
import { readAuthorities, type VaultOptions } from './options.ts'

export type Answer =
  | { readonly outcome: 'ok' | 'missing'; readonly body: Body | undefined }
  | { readonly outcome: 'conflict' }
  /** No permission: the token is over, or its policies are narrower than needed. */
  | { readonly outcome: 'denied' }
  /** A login that is wrong, or a request that makes no sense. */
  | { readonly outcome: 'refused'; readonly status: number }

export interface Body {
  readonly data?: unknown
  readonly auth?: unknown
}

export type Method = 'read' | 'write' | 'list' | 'delete'

export class VaultClient {
  readonly #client: ReturnType<typeof nodeVault>
  readonly #agents: readonly HttpAgent[]

  /** @throws Misconfigured */
  constructor(options: VaultOptions) {
    const ca = readAuthorities(options)
    const httpAgent = new HttpAgent({ keepAlive: true })
    // An agent of our own decides about TLS. The driver's would ask VAULT_SKIP_VERIFY, for which "false" is a yes.
    const httpsAgent = new HttpsAgent({
      keepAlive: true,
      rejectUnauthorized: options.verify_ssl,
      ...(ca === undefined ? {} : { ca }),
    })
    this.#agents = [httpAgent, httpsAgent]
    this.#client = nodeVault({
      endpoint: options.url,
      requestOptions: { timeout: options.timeout * 1_000, httpAgent, httpsAgent },
      debug: () => undefined,
    })
    // Undefined in the options would mean: from the environment.
    Object.assign(this.#client, { token: '', namespace: options.namespace ?? '', pathPrefix: '' })
  }

  /** @throws Unavailable the server is down, frozen, sealed or overloaded */
  async send(token: string, method: Method, path: string, data?: Readonly<Record<string, unknown>>): Promise<Answer> {
    const options = { headers: token === '' ? {} : { 'X-Vault-Token': token } }
    try {
      const sent =
        method === 'write' ? this.#client.write(path, data ?? {}, options) : this.#client[method](path, options)
      return { outcome: 'ok', body: ((await sent) ?? undefined) as Body | undefined }
    } catch (error) {
      return failed(error)
    }
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy()
  }
}

const BY_STATUS: Readonly<Record<number, string>> = {
  429: 'quota exceeded',
  500: 'internal error',
  503: 'sealed',
}

/** @throws Unavailable */
function failed(error: unknown): Answer {
  const { response, code } = error as { response?: { statusCode?: number; body?: unknown }; code?: unknown }
  const { statusCode: status, body } = response ?? {}
  const messages = (body as { errors?: unknown[] } | undefined)?.errors ?? []
  if (status === 400 && String(messages[0]).startsWith('check-and-set parameter')) return { outcome: 'conflict' }
  if (status === 403) return { outcome: 'denied' }
  // A 404 with a text is no missing name but a missing mount.
  if (status === 404 && messages.length === 0) return { outcome: 'missing', body: body as Body | undefined }
  if (status === 400 || status === 401 || status === 404) return { outcome: 'refused', status }
  if (status !== undefined) throw unavailable(BY_STATUS[status] ?? `status ${status}`)
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') throw unavailable('timeout')
  throw unavailable(typeof code === 'string' ? (certificateProblem(code) ?? code) : 'unknown error')
}

export function unavailable(reason: string): Unavailable {
  return new Unavailable('store', { cause: new Error(`vault: ${reason}`) })
}
