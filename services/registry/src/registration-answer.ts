/** What registering and managing a registration have in common: which metadata is accepted, and what is answered. */
import type { EventStore } from '@gateway/bus'
import type { RegistrationConfig } from '@gateway/config'
import type { Client, ClientMetadata, Registration } from '@gateway/contracts'
import { type Clock, type Keyring, Refusal } from '@gateway/kernel'
import { parseClientMetadata } from '@gateway/oauth'
import type { Audit } from '@gateway/service'
import { clientSecretOf, registrationAccessTokenOf, secretExpiresAt } from './derived-credentials.ts'
import { withoutQuirks } from './domain/client-quirks.ts'
import { redirectHostProblem } from './domain/registration-policy.ts'
import type { Limiter } from './limiter.ts'

export interface RegistrationDeps {
  readonly bus: EventStore
  readonly keyring: Keyring
  readonly clock: Clock
  readonly audit: Pick<Audit, 'record'>
  readonly issuer: string
  readonly policy: RegistrationConfig
  readonly perAddress: Limiter
}

/** @throws Refusal `invalid_redirect_uri`, `invalid_client_metadata` */
export function metadataOf(
  { policy }: Pick<RegistrationDeps, 'policy'>,
  raw: Readonly<Record<string, unknown>>,
): ClientMetadata {
  const metadata = parseClientMetadata(withoutQuirks(raw), { schemes: policy.redirect_schemes })
  const problem = redirectHostProblem(policy, metadata.redirect_uris)
  if (problem !== undefined) throw new Refusal('invalid_redirect_uri', { problem })
  return metadata
}

/** RFC 7591 §3.2.1, RFC 7592 §3. Only a client that proves itself by a secret gets one. */
export function answerOf({ keyring, issuer, policy }: RegistrationDeps, client: Client): Registration {
  const { client_id, metadata } = client
  const hasSecret = metadata.token_endpoint_auth_method.startsWith('client_secret')
  return {
    client,
    ...(hasSecret
      ? {
          client_secret: clientSecretOf(keyring, client),
          client_secret_expires_at: secretExpiresAt(client, policy.dynamic.client_secret_ttl_seconds),
        }
      : {}),
    registration_access_token: registrationAccessTokenOf(keyring, client),
    registration_client_uri: `${issuer}/oauth/register/${client_id}`,
  }
}
