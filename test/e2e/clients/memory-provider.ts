/** An OAuthClientProvider that keeps everything in memory; fits the official SDK's first and second line alike. */
import type { OAuthClientProvider as ProviderV2 } from '@modelcontextprotocol/client'
import type { OAuthClientProvider as ProviderV1 } from '@modelcontextprotocol/sdk/client/auth.js'

export const REDIRECT_URI = 'http://127.0.0.1:3118/callback'

export interface MemoryProvider {
  readonly provider: ProviderV1 & ProviderV2
  /** Where the client wants the person to go; set by the SDK when authorization is needed. */
  authorizationUrl(): URL
  tokens(): { access_token: string; refresh_token?: string | undefined } | undefined
}

export function memoryProvider(): MemoryProvider {
  const kept: { client?: unknown; tokens?: unknown; verifier?: string; url?: URL; discovery?: unknown } = {}
  const provider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: {
      client_name: 'Journey client',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client: unknown) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens: unknown) => void (kept.tokens = tokens),
    redirectToAuthorization: (url: URL) => void (kept.url = url),
    saveCodeVerifier: (verifier: string) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier ?? '',
    saveDiscoveryState: (state: unknown) => void (kept.discovery = state),
    discoveryState: () => kept.discovery,
  } as unknown as ProviderV1 & ProviderV2
  return {
    provider,
    authorizationUrl() {
      if (!kept.url) throw new Error('the client did not ask for authorization')
      return kept.url
    },
    tokens: () => kept.tokens as { access_token: string; refresh_token?: string } | undefined,
  }
}
