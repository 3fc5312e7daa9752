/** What known clients say of themselves that is not what they do. RFC 7591 §3.2.1: the server may replace what was asked for. */
import { domainMatches } from './registration-policy.ts'

interface Quirk {
  /** Of all of its redirect URIs. */
  readonly hosts: readonly string[]
  readonly fix: (raw: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
}

const QUIRKS: readonly Quirk[] = [
  {
    // Perplexity registers as a public client and gives up when the answer holds no secret, which it then sends.
    hosts: ['www.perplexity.ai', '*.perplexity.ai', 'www.perplexity.com', '*.perplexity.com'],
    fix: (raw) =>
      raw['token_endpoint_auth_method'] === 'none' ? { ...raw, token_endpoint_auth_method: 'client_secret_post' } : raw,
  },
]

/** The registration as it has to be read, judged by where its answers go, which is all that cannot be made up. */
export function withoutQuirks(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const uris = [raw['redirect_uris']].flat()
  const quirk = QUIRKS.find(({ hosts }) => uris.length > 0 && uris.every((uri) => isAt(hosts, uri)))
  return quirk ? quirk.fix(raw) : raw
}

function isAt(hosts: readonly string[], uri: unknown): boolean {
  const url = typeof uri === 'string' ? URL.parse(uri) : null
  return url?.protocol === 'https:' && domainMatches(hosts, url.hostname)
}
