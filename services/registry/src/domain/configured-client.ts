/** The clients that the operator knows beforehand, as the configuration states them. */
import type { ClientConfig } from '@gateway/config'
import type { Client, ClientMetadata } from '@gateway/contracts'
import type { Secret } from '@gateway/kernel'
import { publicJwks, redirectUriProblem } from '@gateway/oauth'

export interface ConfiguredClient {
  readonly client: Client
  /** Any of them is right: several while one replaces another. */
  readonly secrets: readonly Secret[]
}

export interface ConfiguredClients {
  readonly clients: ReadonlyMap<string, ConfiguredClient>
  /** What is wrong with them, in an operator's words; nothing may then be served. */
  readonly problems: readonly string[]
}

/** RFC 6749 appendix A.1, without the colon, which would end the id in a Basic header that is not form-encoded. */
const CLIENT_ID = /^[\x21-\x39\x3B-\x7E]{1,200}$/
const CLIENT_URL = /^https:\/\/[\x21-\x7E]{1,1000}$/

export function configuredClients(
  config: Readonly<Record<string, ClientConfig>>,
  schemes: readonly string[],
): ConfiguredClients {
  const entries = Object.entries(config)
  const problems = entries.flatMap(([id, client]) =>
    problemsOf(id, client, schemes).map((text) => `clients.${id}${text}`),
  )
  const clients = new Map(entries.map(([id, client]) => [id, toClient(id, client)]))
  return { clients, problems }
}

function problemsOf(id: string, client: ClientConfig, schemes: readonly string[]): string[] {
  const uris = client.redirect_uris.flatMap((uri, index) => {
    const problem = redirectUriProblem(uri, 'native', schemes)
    return problem === undefined ? [] : [`.redirect_uris[${index}]: ${problem}`]
  })
  const keys = client.jwks !== undefined && publicJwks(client.jwks) === undefined
  return [
    ...(CLIENT_ID.test(id) || CLIENT_URL.test(id)
      ? []
      : [': a client id is 1 to 200 printable characters without spaces and colons, or an https URL']),
    ...uris,
    ...(keys ? ['.jwks: holds no public key that can be used, or a private one'] : []),
  ]
}

function toClient(id: string, config: ClientConfig): ConfiguredClient {
  const jwks = config.jwks === undefined ? undefined : publicJwks(config.jwks)
  const isWeb = config.redirect_uris.every((uri) => uri.startsWith('https://'))
  const metadata: ClientMetadata = {
    client_name: config.client_name ?? id,
    redirect_uris: config.redirect_uris,
    token_endpoint_auth_method: config.token_endpoint_auth_method ?? methodOf(config),
    grant_types: config.grant_types,
    response_types: config.grant_types.includes('authorization_code') ? ['code'] : [],
    application_type: isWeb ? 'web' : 'native',
    ...(config.scope === undefined ? {} : { scope: config.scope.join(' ') }),
    ...(jwks === undefined ? {} : { jwks }),
    ...(config.jwks_uri === undefined ? {} : { jwks_uri: config.jwks_uri }),
  }
  // It has been known since ever: a time of its own would differ from replica to replica.
  return {
    client: { client_id: id, origin: 'configured', metadata, registered_at: 0 },
    secrets: config.client_secret ?? [],
  }
}

function methodOf({ client_secret, jwks, jwks_uri }: ClientConfig): ClientMetadata['token_endpoint_auth_method'] {
  if (client_secret !== undefined) return 'client_secret_basic'
  return jwks === undefined && jwks_uri === undefined ? 'none' : 'private_key_jwt'
}
