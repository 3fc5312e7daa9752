/** Real clients: what they register, and the documents that they publish. All of them are served. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Client } from '@gateway/contracts'
import { matchRedirectUri, parseMetadataDocument } from '@gateway/oauth'
import { beforeEach, describe, expect, it } from 'vitest'
import { authenticateClient } from './handlers/authenticate-client.ts'
import { createWorld, request, type World } from './test-support/world.ts'

interface Fixture {
  readonly name: string
  readonly kind: 'document' | 'registration'
  /** Where it was seen. */
  readonly source: string
  /** Redirect URIs of authorization requests. */
  readonly uses: readonly string[]
  /** How it authenticates at the token endpoint; any of them. */
  readonly methods: readonly string[]
  readonly body: Readonly<Record<string, unknown>>
}

const folder = new URL('fixtures/', import.meta.url)
const fixtures = readdirSync(folder).map(
  (file): Fixture => ({ name: file.replace('.json', ''), ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')) }),
)
const documents = fixtures.filter(({ kind }) => kind === 'document')
const registrations = fixtures.filter(({ kind }) => kind === 'registration')
/** Whose registrations and documents there have to be. */
const CLIENTS = ['claude-web', 'claude-code', 'chatgpt', 'vscode', 'cursor', 'codex', 'opencode', 'inspector']
const ALSO = ['mcp-remote', 'perplexity']

describe('the recorded clients', () => {
  it('are those that matter', () => {
    for (const client of [...CLIENTS, ...ALSO])
      expect(fixtures.map(({ name }) => name)).toContainEqual(expect.stringMatching(`^${client}-`))
  })

  it.each(documents)(
    '$name is taken, with the URIs that it uses and the methods that it has',
    ({ body, uses, methods }) => {
      const metadata = parseMetadataDocument(body, String(body['client_id']))
      expect(metadata.client_name).toBe(body['client_name'])
      expect(metadata.grant_types).toContain('refresh_token')
      for (const uri of uses) expect(matchRedirectUri(metadata.redirect_uris, uri)).toBe(true)
      const { token_endpoint_auth_method: one, token_endpoint_auth_methods_supported: list = [one] } = metadata
      expect([...list].toSorted()).toEqual([...methods].toSorted())
    },
  )
})

describe('a recorded registration', () => {
  let world: World

  beforeEach(async () => {
    world = await createWorld()
  })

  const authenticate = (client: Client, method: string, client_secret = '') => {
    const { client_id } = client
    const credentials =
      method === 'none'
        ? ({ method, client_id } as const)
        : ({ method: 'client_secret_post', client_id, client_secret } as const)
    return authenticateClient(world, credentials, request())
  }

  it.each(registrations)('$name is answered, and the client authenticates', async ({ body, uses, methods }) => {
    const { client, client_secret } = await world.register(body)
    expect(client.metadata.redirect_uris).toEqual(body['redirect_uris'])
    expect(client.metadata.grant_types).toContain('refresh_token')
    for (const uri of uses) expect(matchRedirectUri(client.metadata.redirect_uris, uri)).toBe(true)
    expect([client.metadata.token_endpoint_auth_method]).toEqual(methods)
    for (const method of methods) expect(await authenticate(client, method, client_secret)).toEqual(client)
  })

  it('of Perplexity gets the secret that it waits for, and no other client does by its name', async () => {
    const perplexity = registrations.find(({ name }) => name.startsWith('perplexity'))?.body ?? {}
    expect(await world.register(perplexity)).toHaveProperty('client_secret')
    const others = ['https://www.perplexity.ai.evil.example/cb', 'https://evil.example/www.perplexity.ai']
    for (const uri of others)
      expect(await world.register({ ...perplexity, redirect_uris: [uri] })).not.toHaveProperty('client_secret')
  })
})
