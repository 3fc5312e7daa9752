/**
 * Requests to Vault or OpenBao through node-vault, each with the token that it is given. Of what fails nothing goes on but a
 * word; the driver's debug output, which shows tokens and values, is switched off, and none of its environment variables is
 * listened to.
 */
import { Unavailable } from '@gateway/kernel'
import nodeVault from 'node-vault'
import { certificateProblem } from '../certificate.ts'
import type { VaultOptions } from './options.ts'
import { Transport, TransportError } from './transport.ts'

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
  readonly #transport: Transport

  /** @throws Misconfigured */
  constructor(options: VaultOptions) {
    this.#transport = new Transport(options)
    this.#client = nodeVault({
      endpoint: options.url,
      'request-promise': { defaults: () => (sent: Parameters<Transport['send']>[0]) => this.#transport.send(sent) },
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
    this.#transport.close()
  }
}

const BY_STATUS: Readonly<Record<number, string>> = {
  429: 'quota exceeded',
  500: 'internal error',
  503: 'sealed',
}

/** @throws Unavailable */
function failed(error: unknown): Answer {
  if (error instanceof TransportError) throw unavailable(certificateProblem(error.message) ?? error.message)
  const { response } = error as { response?: { statusCode?: number; body?: unknown } }
  const { statusCode: status, body } = response ?? {}
  const messages = (body as { errors?: unknown[] } | undefined)?.errors ?? []
  if (status === 400 && String(messages[0]).startsWith('check-and-set parameter')) return { outcome: 'conflict' }
  if (status === 403) return { outcome: 'denied' }
  // A 404 with a text is no missing name but a missing mount.
  if (status === 404 && messages.length === 0) return { outcome: 'missing', body: body as Body | undefined }
  if (status === 400 || status === 401 || status === 404) return { outcome: 'refused', status }
  throw unavailable(BY_STATUS[status ?? 0] ?? `status ${status ?? 'unknown'}`)
}

export function unavailable(reason: string): Unavailable {
  return new Unavailable('store', { cause: new Error(`vault: ${reason}`) })
}
