/** What the operator lets clients be (`registration` of the configuration): whose documents are read, where answers may go. */
import type { RegistrationConfig } from '@gateway/config'

/** Whether `host` is one of `patterns`: itself, or below `*.host`. */
export function domainMatches(patterns: readonly string[], host: string): boolean {
  const name = host.toLowerCase()
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) && name.length >= pattern.length : name === pattern,
  )
}

/** Why no document is read from `host`, before anything is fetched (pain-19); undefined when one may be. A code. */
export function documentHostProblem(
  { metadata_documents: policy }: Pick<RegistrationConfig, 'metadata_documents'>,
  host: string,
): string | undefined {
  if (!policy.enabled) return 'documents_not_accepted'
  if (domainMatches(policy.deny_domains, host)) return 'host_denied'
  if (policy.allow_domains.length > 0 && !domainMatches(policy.allow_domains, host)) return 'host_not_allowed'
  return undefined
}

/**
 * Why one of `uris`, which are valid, may not be used here; undefined when all may; a code. Only names can be allowed or denied:
 * loopback (as `localhost`) can be denied, and private-use schemes are a list of their own.
 */
export function redirectHostProblem(
  policy: Pick<RegistrationConfig, 'allow_redirect_domains' | 'deny_redirect_domains'>,
  uris: readonly string[],
): string | undefined {
  for (const uri of uris) {
    const url = URL.parse(uri)
    if (url === null || !/^https?:$/.test(url.protocol)) continue
    const isLoopback = url.protocol === 'http:'
    if (domainMatches(policy.deny_redirect_domains, isLoopback ? 'localhost' : url.hostname))
      return 'redirect_host_denied'
    const { allow_redirect_domains: allowed } = policy
    if (!isLoopback && allowed.length > 0 && !domainMatches(allowed, url.hostname)) return 'redirect_host_not_allowed'
  }
  return undefined
}
