/**
 * One folder of a KV version 2 engine (HashiCorp Vault, OpenBao) through node-vault: read, check-and-set, remove, list.
 *
 * Nothing of a driver's error goes on but a word: network errors hold the token and the written value. Its debug output,
 * which shows the same, is switched off, and no environment variable is listened to.
 */
import { type Secret, Unavailable } from '@gateway/kernel'
import nodeVault from 'node-vault'

export interface VaultOptions {
  /** `https://vault.example.com:8200` */
  readonly url: string
  readonly token: Secret
  readonly mount_point: string
  readonly path_prefix: string
  readonly namespace?: string | undefined
  readonly verify_ssl: boolean
  /** Seconds to wait for an answer. */
  readonly timeout: number
}

/** What is there under a name. */
export interface Revision {
  /** For check-and-set; 0: nothing was ever written. */
  readonly revision: number
  /** Undefined when nothing is there, or no more. */
  readonly data: unknown
}

export class Kv {
  readonly #client: ReturnType<typeof nodeVault>
  readonly #data: string
  readonly #metadata: string

  constructor(options: VaultOptions) {
    const timeout = options.timeout * 1_000
    this.#client = nodeVault({
      endpoint: options.url,
      token: options.token.open(),
      // Without strictSSL the driver asks VAULT_SKIP_VERIFY, for which "false" is a yes.
      requestOptions: { strictSSL: options.verify_ssl, timeout },
      debug: () => undefined,
    })
    // Undefined in the options would mean: from the environment.
    Object.assign(this.#client, { namespace: options.namespace ?? '', pathPrefix: '' })
    this.#data = `${options.mount_point}/data/${options.path_prefix}`
    this.#metadata = `${options.mount_point}/metadata/${options.path_prefix}`
  }

  async read(name: string): Promise<Revision> {
    const found = await this.#ask(() => this.#client.read(`${this.#data}/${name}`))
    const { metadata, data } = (bodyOf(found)?.data ?? {}) as { metadata?: { version?: number }; data?: unknown }
    return { revision: metadata?.version ?? 0, data: data ?? undefined }
  }

  /**
   * False when the revision is another one by now. The first write also tells the server to keep one revision only: replaced
   * and taken values are gone, not history.
   */
  async write(name: string, data: Readonly<Record<string, unknown>>, revision: number): Promise<boolean> {
    if (revision === 0) {
      await this.#ask(() => this.#client.write(`${this.#metadata}/${name}`, { max_versions: 1 }))
    }
    const written = await this.#ask(() =>
      this.#client.write(`${this.#data}/${name}`, { data, options: { cas: revision } }),
    )
    if (written.outcome === 'conflict') return false
    const version = (bodyOf(written)?.data as { version?: number } | undefined)?.version
    if (version === undefined) throw unavailable('the mount is no KV version 2 engine')
    return true
  }

  /** Removes the name with its revisions: the next write is its first. The server checks nothing: whoever calls this holds the name. */
  async remove(name: string): Promise<void> {
    await this.#ask(() => this.#client.delete(`${this.#metadata}/${name}`))
  }

  async names(): Promise<readonly string[]> {
    const found = await this.#ask(() => this.#client.list(`${this.#metadata}/`))
    return (bodyOf(found)?.data as { keys?: string[] } | undefined)?.keys ?? []
  }

  /** Answers whose token it is. @throws Unavailable */
  async lookupToken(): Promise<void> {
    await this.#ask(() => this.#client.read('auth/token/lookup-self'))
  }

  async #ask(send: () => Promise<unknown>): Promise<Answer> {
    try {
      return { outcome: 'ok', body: await send() }
    } catch (error) {
      return failed(error)
    }
  }
}

interface Body {
  readonly data?: unknown
}

type Answer = { readonly outcome: 'ok' | 'missing'; readonly body: unknown } | { readonly outcome: 'conflict' }

function bodyOf(answer: Answer): Body | undefined {
  return answer.outcome === 'conflict' ? undefined : (answer.body as Body | undefined)
}

const BY_STATUS: Readonly<Record<number, string>> = {
  403: 'denied',
  429: 'quota exceeded',
  500: 'internal error',
  503: 'sealed',
}

/** A missing name and a lost check-and-set are answers; everything else is an outage. @throws Unavailable */
function failed(error: unknown): Answer {
  const { response, code } = error as { response?: { statusCode?: number; body?: unknown }; code?: unknown }
  const { statusCode: status, body } = response ?? {}
  const messages = (body as { errors?: unknown[] } | undefined)?.errors ?? []
  if (status === 400 && String(messages[0]).startsWith('check-and-set parameter')) return { outcome: 'conflict' }
  // A 404 with a text is no missing name but a missing mount.
  if (status === 404 && messages.length === 0) return { outcome: 'missing', body }
  if (status !== undefined) throw unavailable(BY_STATUS[status] ?? `status ${status}`)
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') throw unavailable('timeout')
  throw unavailable(typeof code === 'string' ? code : 'unknown error')
}

function unavailable(reason: string): Unavailable {
  return new Unavailable('store', { cause: new Error(`vault: ${reason}`) })
}
