/** How the gateway proves itself at the provider: by secret, by a signed assertion or by a certificate (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2). */
import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto'
import { Misconfigured } from '@gateway/kernel'
import * as client from 'openid-client'
import type { ClientAuthentication, ProviderSettings } from '../domain/provider-settings.ts'

/** `discovered`: the provider's own metadata, where it was read. */
export function clientProof(
  settings: ProviderSettings,
  metadata: client.ServerMetadata,
  discovered: client.ServerMetadata | undefined,
): client.ClientAuth {
  const { secret, privateKey } = settings.proof
  switch (settings.proof.method ?? usualMethod(settings, discovered)) {
    case 'client_secret_post':
      return client.ClientSecretPost(secret?.open())
    case 'client_secret_basic':
      return client.ClientSecretBasic(secret?.open())
    case 'private_key_jwt':
      return assertions(settings, metadata, readPrivateKey(settings.id, privateKey?.open() ?? ''))
    case 'tls_client_auth':
      return client.TlsClientAuth()
    case 'none':
      return client.None()
  }
}

/**
 * Of the two ways to send a secret the one in the body, where the provider is known to take it: the other one is encoded
 * differently by different servers. Discovery §3: a document without the list means `client_secret_basic`.
 */
function usualMethod({ proof }: ProviderSettings, discovered: client.ServerMetadata | undefined): ClientAuthentication {
  if (proof.privateKey) return 'private_key_jwt'
  if (proof.tls) return 'tls_client_auth'
  if (!proof.secret) return 'none'
  const methods = discovered ? (discovered.token_endpoint_auth_methods_supported ?? []) : ['client_secret_post']
  return methods.includes('client_secret_post') ? 'client_secret_post' : 'client_secret_basic'
}

/** The library addresses assertions to the issuer, as RFC 7523 is now read; some providers insist on the token endpoint. */
function assertions(settings: ProviderSettings, metadata: client.ServerMetadata, key: KeyObject): client.ClientAuth {
  const { row, proof } = settings
  const { name, usages } = { name: algorithmOf(settings.id, key), usages: ['sign'] as webcrypto.KeyUsage[] }
  return client.PrivateKeyJwt(
    {
      key: key.toCryptoKey(name, false, usages),
      ...(proof.privateKeyId === undefined ? {} : { kid: proof.privateKeyId }),
    },
    {
      [client.modifyAssertion]: (_header, payload) => {
        if (row.assertionAudience === 'token endpoint') payload['aud'] = metadata.token_endpoint
      },
    },
  )
}

/** Read at start as well, so that a key of no use is a problem of the configuration. @throws Misconfigured */
export function readPrivateKey(id: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new Misconfigured([`oauth_providers.${id}.private_key: cannot be read; PKCS #8 in PEM form is expected`])
  }
}

/** RFC 7518 §3.1: RS256, ES256, ES384, ES512, or RFC 8037's EdDSA. @throws Misconfigured */
function algorithmOf(
  id: string,
  key: KeyObject,
): webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams | 'Ed25519' {
  const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }
  const namedCurve = curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  if (key.asymmetricKeyType === 'ec' && namedCurve !== undefined) return { name: 'ECDSA', namedCurve }
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519'
  throw new Misconfigured([`oauth_providers.${id}.private_key: must be RSA, EC (P-256, P-384, P-521) or Ed25519`])
}
