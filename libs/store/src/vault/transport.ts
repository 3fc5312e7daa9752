/**
 * What node-vault sends its requests with, in place of axios: that one prints tokens under `DEBUG=*`, hands them to whatever
 * proxy the environment names and wherever it is redirected to, and keeps them in its errors.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { readAuthorities, type VaultOptions } from './options.ts'

/** As node-vault asks. */
interface Sent {
  readonly uri: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly json?: unknown
}

/** As node-vault wants it. */
interface Received {
  readonly statusCode: number
  readonly body: unknown
  readonly request: { readonly path: string }
}

/** Its message is a word of ours or a code of Node's, and nothing else is in it. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
}

/** The server closes idle connections after five minutes. */
const IDLE_MS = 60_000

export class Transport {
  readonly #timeoutMs: number
  readonly #plain = new HttpAgent({ keepAlive: true, timeout: IDLE_MS })
  readonly #tls: HttpsAgent

  /** @throws Misconfigured */
  constructor(options: VaultOptions) {
    const ca = readAuthorities(options)
    this.#timeoutMs = options.timeout * 1_000
    this.#tls = new HttpsAgent({
      keepAlive: true,
      timeout: IDLE_MS,
      // Said outright, so that no variable of the environment (VAULT_SKIP_VERIFY, NODE_TLS_REJECT_UNAUTHORIZED) decides.
      rejectUnauthorized: options.verify_ssl,
      ...(ca === undefined ? {} : { ca }),
    })
  }

  /** A standby that does not forward names the active server: followed once, never from https to http, as Vault's own client does. */
  async send(sent: Sent): Promise<Received> {
    const signal = AbortSignal.timeout(this.#timeoutMs)
    try {
      const url = new URL(sent.uri)
      const first = await this.#ask(url, sent, signal)
      const elsewhere = redirection(first, url)
      const answer = elsewhere ? await this.#ask(elsewhere, sent, signal) : first
      const body = parse(await text(answer))
      return { statusCode: answer.statusCode ?? 0, body, request: { path: url.pathname } }
    } catch (error) {
      const { code } = error as { code?: unknown }
      throw new TransportError(signal.aborted ? 'timeout' : typeof code === 'string' ? code : 'unknown error')
    }
  }

  close(): void {
    this.#plain.destroy()
    this.#tls.destroy()
  }

  #ask(url: URL, { method, headers, json }: Sent, signal: AbortSignal): Promise<IncomingMessage> {
    const isTls = url.protocol === 'https:'
    const body = json === undefined ? undefined : JSON.stringify(json)
    const described =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve, reject) => {
      const options = { method, headers: { ...headers, ...described }, signal, agent: isTls ? this.#tls : this.#plain }
      const request = (isTls ? httpsRequest : httpRequest)(url, options, resolve)
      request.on('error', reject)
      request.end(body)
    })
  }
}

function redirection(answer: IncomingMessage, from: URL): URL | undefined {
  const { location } = answer.headers
  if (![301, 302, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return undefined
  const to = new URL(location, from)
  if (to.protocol !== from.protocol && to.protocol !== 'https:') return undefined
  answer.resume()
  return to
}

/** An error page of something in between is no JSON; its status is all that matters then. */
function parse(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body)
  } catch {
    return undefined
  }
}
