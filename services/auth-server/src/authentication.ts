/**
 * How a client authenticates (RFC 6749 §2.3, RFC 7591 §2): finds what the request shows, and asks the registry whether it
 * is right. One method per request.
 */
import { authenticateClient, type Client, type ClientCredentials } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { CLIENT_ASSERTION_TYPE } from '@gateway/oauth'
import type { FastifyReply, FastifyRequest, RefusalTable } from '@gateway/service'
import { ask, type Context } from './context.ts'
import type { Parameters } from './domain/parameters.ts'
import { answers } from './refusals.ts'

/** @throws Refusal `authentication_*`, and what the registry refuses */
export async function authenticate(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: Parameters,
): Promise<Client> {
  const { authorization } = request.headers
  try {
    const client = await firstRight(context, request, credentialsOf(authorization, parameters))
    await context.limits.client(client.client_id)
    return client
  } catch (error) {
    // RFC 6749 §5.2: only whoever tried the header is told the scheme, or browsers would ask for a password.
    if (authorization !== undefined && isUnauthenticated(error)) {
      reply.header('WWW-Authenticate', 'Basic realm="oauth", charset="UTF-8"')
    }
    throw error
  }
}

/** For what a name alone does not open. @throws Refusal as {@link authenticate}, and `authentication_missing` without a proof */
export async function authenticateWithProof(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: Parameters,
): Promise<Client> {
  const [first] = credentialsOf(request.headers.authorization, parameters)
  // RFC 6749 §4.4.2, RFC 7662 §2.1: an id alone proves nothing.
  if (first?.method === 'none') throw new Refusal('authentication_missing')
  return authenticate(context, request, reply, parameters)
}

function isUnauthenticated(error: unknown): boolean {
  const row = error instanceof Refusal ? (answers as RefusalTable)[error.code] : undefined
  return row?.status === 401
}

async function firstRight(
  context: Context,
  request: FastifyRequest,
  [first, ...others]: readonly ClientCredentials[],
): Promise<Client> {
  if (!first) throw new Refusal('authentication_missing')
  try {
    return (await ask(context, request, authenticateClient, first)).client
  } catch (error) {
    if (others.length === 0 || !(error instanceof Refusal)) throw error
    return firstRight(context, request, others)
  }
}

/** What the request shows, in the readings that it allows. @throws Refusal */
export function credentialsOf(authorization: string | undefined, parameters: Parameters): readonly ClientCredentials[] {
  const clientId = parameters.get('client_id')
  const secret = parameters.get('client_secret')
  const assertion = parameters.get('client_assertion')
  const shown = [authorization, secret, assertion].filter((value) => value !== undefined)
  // RFC 6749 §2.3: the client must not use more than one method in each request.
  if (shown.length > 1) throw new Refusal('authentication_ambiguous')
  if (authorization !== undefined) return basicCredentials(authorization, clientId)
  if (assertion !== undefined) return [assertionCredentials(assertion, parameters)]
  // RFC 6749 §3.2.1: a client without a secret names itself.
  if (clientId === undefined) throw new Refusal('authentication_missing')
  if (secret === undefined) return [{ method: 'none', client_id: clientId }]
  return [{ method: 'client_secret_post', client_id: clientId, client_secret: secret }]
}

/** RFC 7521 §4.2: the type says how to read the assertion; the client id is named in it, and need not be beside it. */
function assertionCredentials(assertion: string, parameters: Parameters): ClientCredentials {
  if (parameters.get('client_assertion_type') !== CLIENT_ASSERTION_TYPE) throw new Refusal('authentication_unsupported')
  return { method: 'private_key_jwt', client_id: parameters.get('client_id'), client_assertion: assertion }
}

/**
 * RFC 6749 §2.3.1 has id and secret form-encoded before they are joined; SDK clients do not do that. Where both readings
 * differ, both are tried.
 */
function basicCredentials(authorization: string, clientId: string | undefined): readonly ClientCredentials[] {
  // RFC 7617 §2: an id without colon, the secret with as many as it likes.
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  if (encoded === undefined) throw new Refusal('authentication_malformed')
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  if (id === '') throw new Refusal('authentication_malformed')
  const raw: Pair = { id, secret }
  const decoded = formDecoded(raw)
  const readings = decoded && (decoded.id !== id || decoded.secret !== secret) ? [raw, decoded] : [raw]
  // A client may repeat its id in the body; a different one makes the request speak of two clients.
  const matching = readings.filter((reading) => clientId === undefined || clientId === reading.id)
  if (matching.length === 0) throw new Refusal('authentication_ambiguous')
  return matching.map((reading) => ({
    method: 'client_secret_basic',
    client_id: reading.id,
    client_secret: reading.secret,
  }))
}

interface Pair {
  readonly id: string
  readonly secret: string
}

function formDecoded({ id, secret }: Pair): Pair | undefined {
  const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))
  try {
    return { id: decode(id), secret: decode(secret) }
  } catch {
    return undefined
  }
}
