/** OpenID Connect Discovery §4, and who may be named as the issuer by what is found there. */
import * as client from 'openid-client'
import type { ProviderSettings } from '../domain/provider-settings.ts'
import { TIMEOUT_SECONDS } from './guarded-fetch.ts'

/** @throws when the document cannot be read, or is another issuer's */
export async function discover(
  { issuer, clientId, row }: ProviderSettings & { readonly issuer: string },
  fetcher: client.CustomFetch,
): Promise<client.ServerMetadata> {
  const address = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const found = await client.discovery(address, clientId, undefined, client.None(), {
    timeout: TIMEOUT_SECONDS,
    [client.customFetch]: fetcher,
    ...(issuer.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {}),
  })
  const metadata = found.serverMetadata()
  // Discovery §4.3. By its full address the library compares nothing.
  if (sameIssuer(metadata.issuer, issuer) || row.mayTellIssuer?.(issuer, metadata.issuer) === true) return metadata
  throw new Error('the metadata is of another issuer')
}

/** RFC 3986 §6.2.3: an empty path is a slash. */
function sameIssuer(told: string, configured: string): boolean {
  return URL.canParse(told) && new URL(told).href === new URL(configured).href
}

/** An issuer that stands for those of many tenants; each token names its own. */
export const isTemplate = (issuer: string): boolean => issuer.includes('{tenantid}')

/**
 * The library compares the issuer of an ID token with such a template, its claim `tid` put in, but only for metadata that it
 * has discovered at login.microsoftonline.com itself, which it notes under a symbol of its own. Metadata that answers to every
 * symbol gets the same treatment, so that national clouds, explicit addresses and tests have it as well.
 */
export function withTenantIssuers(metadata: client.ServerMetadata): client.ServerMetadata {
  const noted = new Proxy({}, { has: (_, name) => typeof name === 'symbol' })
  return Object.assign<object, client.ServerMetadata>(Object.create(noted) as object, metadata)
}
