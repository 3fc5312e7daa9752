/**
 * Client assertions (RFC 7523 §3): a JWT by which a client proves that it holds the private key of a public key that it
 * names in its metadata. A validation pipeline whose failures are one refusal; its `reason` is for log and audit.
 */
import type { Client } from '@gateway/contracts'
import { type Clock, keyOf, Refusal } from '@gateway/kernel'
import { CLIENT_ASSERTION_ALGORITHMS, type ClientJwks } from '@gateway/oauth'
import type { KeyValue } from '@gateway/store'
import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { RemoteDocuments } from './remote-documents.ts'

export interface AssertionDeps {
  readonly issuer: string
  readonly clock: Clock
  /** Of the registry; for ids that were used. */
  readonly store: KeyValue
  readonly keySets: RemoteDocuments<ClientJwks>
}

const LENGTH_MAX = 8_192
const CLOCK_TOLERANCE_SECONDS = 60
/** What is remembered of a used assertion is bounded by the time for which it could be used again. */
const LIFE_SECONDS_MAX = 86_400

/** Whom the assertion says to be of, unverified: to know whose keys to take. Undefined when it is no JWT that says so. */
export function claimedClientId(assertion: string): string | undefined {
  if (assertion.length > LENGTH_MAX) return undefined
  try {
    const { iss, sub } = decodeJwt(assertion)
    // RFC 7523 §3: both must be the client's id.
    return typeof sub === 'string' && iss === sub ? sub : undefined
  } catch {
    return undefined
  }
}

/**
 * @throws Refusal `client_authentication_failed`; `metadata_document_unreachable` when its keys cannot be fetched now
 * @throws Unavailable the store is down
 */
export async function verifyAssertion(
  deps: AssertionDeps,
  client: Client,
  assertion: string,
  requestId: string,
): Promise<void> {
  const keys = await keysOf(deps, client)
  const claims =
    (await verifiedBy(deps, client, assertion, keys)) ??
    // RFC 7523 says nothing of rotation: a key that we do not know may have been published since (pain-22).
    (await verifiedBy(deps, client, assertion, await renewedKeysOf(deps, client)))
  if (!claims) throw failed('key_unknown')
  const { jti = '', exp = 0 } = claims
  const now = deps.clock()
  if (exp * 1_000 > now + LIFE_SECONDS_MAX * 1_000) throw failed('assertion_too_long_lived')
  const ttlMs = exp * 1_000 - now + CLOCK_TOLERANCE_SECONDS * 1_000
  const used = `assertion:${keyOf(JSON.stringify([client.client_id, jti]))}`
  // RFC 7523 §3 (7): on any number of replicas exactly one request has it, however often that one is asked again.
  const isFirst = await deps.store.putIfAbsent(used, Buffer.from(requestId), { ttlMs: Math.max(ttlMs, 1) })
  if (isFirst) return
  const user = await deps.store.get(used)
  if (!user || Buffer.from(user.value).toString() !== requestId) throw failed('assertion_replayed')
}

/** Undefined when none of the keys is the one that it names. */
async function verifiedBy(
  { issuer, clock }: AssertionDeps,
  { client_id, metadata }: Client,
  assertion: string,
  keys: ClientJwks | undefined,
): Promise<JWTPayload | undefined> {
  if (!keys) return undefined
  const { token_endpoint_auth_signing_alg: only } = metadata
  const known: readonly string[] = CLIENT_ASSERTION_ALGORITHMS
  const options = {
    algorithms: known.filter((algorithm) => only === undefined || algorithm === only),
    issuer: client_id,
    subject: client_id,
    // RFC 7523 §3 (3), RFC 9126 §2: the server, by its issuer or by the endpoint. SDK clients send the issuer.
    audience: [issuer, `${issuer}/oauth/token`, `${issuer}/oauth/par`],
    requiredClaims: ['exp', 'jti'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(clock()),
  }
  try {
    return (await jwtVerify(assertion, createLocalJWKSet(keys as JSONWebKeySet), options)).payload
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw failed(reasonOf(error))
    // Without `kid` every key that could have made it is tried.
    for await (const key of error) {
      const payload = await jwtVerify(assertion, key, options).then(
        (verified) => verified.payload,
        () => undefined,
      )
      if (payload) return payload
    }
    throw failed('assertion_invalid')
  }
}

async function keysOf({ keySets }: AssertionDeps, { metadata }: Client): Promise<ClientJwks | undefined> {
  if (metadata.jwks_uri === undefined) return metadata.jwks
  return found(await keySets.get(metadata.jwks_uri))
}

async function renewedKeysOf({ keySets }: AssertionDeps, { metadata }: Client): Promise<ClientJwks | undefined> {
  return metadata.jwks_uri === undefined ? undefined : found(await keySets.refetch(metadata.jwks_uri))
}

function found(keys: Awaited<ReturnType<RemoteDocuments<ClientJwks>['get']>>): ClientJwks {
  switch (keys.status) {
    case 'known':
      return keys.value
    case 'refused':
      throw failed('keys_invalid')
    case 'unreachable':
      throw new Refusal('metadata_document_unreachable', { reason: keys.reason })
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'assertion_expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `assertion_${error.claim}`
  return error instanceof errors.JOSEError ? 'assertion_invalid' : 'key_unusable'
}

function failed(reason: string): Refusal {
  return new Refusal('client_authentication_failed', { reason })
}
