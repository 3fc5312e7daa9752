/** One folder of a KV version 2 engine (HashiCorp Vault, OpenBao): read, check-and-set, remove, list. */
import { type Answer, type Body, type Method, unavailable } from './client.ts'
import type { VaultOptions } from './options.ts'
import type { Session } from './session.ts'

/** What is there under a name. */
export interface Revision {
  /** For check-and-set; 0: nothing was ever written. */
  readonly revision: number
  /** Undefined when nothing is there, or no more. */
  readonly data: unknown
}

/** Every method throws `Unavailable`; what is neither an answer nor a lost race is an outage, so that nothing is taken for missing. */
export class Kv {
  readonly #session: Session
  readonly #data: string
  readonly #metadata: string

  constructor(session: Session, { mount_point: mount, path_prefix: folder }: VaultOptions) {
    this.#session = session
    this.#data = `${mount}/data/${folder}`
    this.#metadata = `${mount}/metadata/${folder}`
  }

  async read(name: string): Promise<Revision> {
    const { metadata, data } = ((await this.#ask('read', `${this.#data}/${name}`))?.data ?? {}) as {
      metadata?: { version?: number }
      data?: unknown
    }
    return { revision: metadata?.version ?? 0, data: data ?? undefined }
  }

  /**
   * False when the revision is another one by now. The first write also tells the server to keep one revision only: replaced
   * and taken values are gone, not history.
   */
  async write(name: string, data: Readonly<Record<string, unknown>>, revision: number): Promise<boolean> {
    if (revision === 0) await this.#ask('write', `${this.#metadata}/${name}`, { max_versions: 1 })
    const written = await this.#session.send('write', `${this.#data}/${name}`, { data, options: { cas: revision } })
    if (written.outcome === 'conflict') return false
    const version = (bodyOf(written)?.data as { version?: number } | undefined)?.version
    if (version === undefined) throw unavailable('the mount is no KV version 2 engine')
    return true
  }

  /** Removes the name with its revisions: the next write is its first. The server checks nothing: whoever calls this holds the name. */
  async remove(name: string): Promise<void> {
    await this.#ask('delete', `${this.#metadata}/${name}`)
  }

  async names(): Promise<readonly string[]> {
    const found = await this.#ask('list', `${this.#metadata}/`)
    return (found?.data as { keys?: string[] } | undefined)?.keys ?? []
  }

  /** Resolves when the server knows our token. */
  async lookupToken(): Promise<void> {
    await this.#ask('read', 'auth/token/lookup-self')
  }

  async #ask(method: Method, path: string, data?: Readonly<Record<string, unknown>>): Promise<Body | undefined> {
    return bodyOf(await this.#session.send(method, path, data))
  }
}

function bodyOf(answer: Answer): Body | undefined {
  switch (answer.outcome) {
    case 'ok':
    case 'missing':
      return answer.body
    case 'denied':
      throw unavailable('denied')
    case 'refused':
      throw unavailable(`status ${answer.status}`)
    case 'conflict':
      throw unavailable('conflict')
  }
}
