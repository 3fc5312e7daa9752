/** HTTP as the doctor speaks it: no redirect is followed, nothing takes long, nothing large is read, every failure is a finding. */
import { type Finding, found } from './finding.ts'

export interface Answer {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined when it is no JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A form (RFC 6749 Appendix B), or a value sent as JSON. */
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
}

/** Thrown when there is no HTTP answer at all. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly finding: Finding

  constructor(finding: Finding, options: { readonly cause: unknown }) {
    super(finding.what, options)
    this.finding = finding
  }
}

const TIMEOUT_MS = 10_000
const BYTES_MAX = 1024 ** 2

/** @throws NoAnswer */
export async function ask(url: string, question: Question = {}): Promise<Answer> {
  const { method = question.form || question.json ? 'POST' : 'GET', form, json } = question
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
  const body = form ? new URLSearchParams(form).toString() : JSON.stringify(json)
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': type }),
        ...question.headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await textOf(response)
    return { url, status: response.status, headers: response.headers, text, json: objectOf(text) }
  } catch (cause) {
    throw new NoAnswer(noAnswer(url, cause), { cause })
  }
}

/** As much as anything here is allowed to be: an event stream does not end by itself. */
async function textOf(response: Response): Promise<string> {
  if (!response.body) return ''
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > BYTES_MAX || response.headers.get('content-type')?.includes('event-stream')) break
  }
  return text
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Node's codes, in words. RFC 8414 §6.1 and RFC 9728 §7.1 want TLS that verifies. */
const REASONS: Readonly<Record<string, readonly [what: string, mend: string]>> = {
  ENOTFOUND: ['its name is not in the DNS', 'add the DNS record, or correct the URL'],
  EAI_AGAIN: ['the DNS does not answer', 'look at the resolver of this machine'],
  ECONNREFUSED: ['nothing listens there', 'start the gateway or its load balancer, or correct the port'],
  ECONNRESET: ['the connection was cut', 'look at what stands in front of the gateway'],
  EHOSTUNREACH: ['there is no way to it from here', 'look at the network and the firewall'],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew the certificate'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its certificate is self-signed',
    'use a certificate of an authority that clients trust',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate is of an unknown authority',
    'use one that clients trust (here: NODE_EXTRA_CA_CERTS)',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate chain is incomplete', 'serve the intermediate certificates too'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'its certificate is of an unknown authority',
    'serve the whole chain (here: NODE_EXTRA_CA_CERTS)',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'use a certificate for this host'],
}

function noAnswer(url: string, error: unknown): Finding {
  const { cause, name } = error as { cause?: { code?: string }; name?: string }
  const code = cause?.code ?? ''
  const late = name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT'
  const [what, mend] = late
    ? [`no answer within ${TIMEOUT_MS / 1_000} s`, 'look at the load of the gateway and what stands in front of it']
    : (REASONS[code] ?? [`no answer (${code || String(error)})`, 'look at what listens there'])
  return found('operator', `${url}: ${what}`, mend)
}
