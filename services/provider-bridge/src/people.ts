/** What is held of people, sealed: their profiles and their tokens at the provider, each for as long as a refresh token may live. */
import { type Profile, profileSchema } from '@gateway/contracts'
import { keyOf } from '@gateway/kernel'
import type { KeyValue } from '@gateway/store'
import { z } from 'zod'

const tokensSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  scope: z.string().optional(),
  /** Milliseconds since the epoch. */
  expires_at: z.number().optional(),
})
export type UpstreamTokens = z.infer<typeof tokensSchema>

/** Tokens are bound to the client registration that got them: another one could not use them. */
const heldTokensSchema = tokensSchema.extend({ client_id: z.string() })

export class People {
  readonly #store: KeyValue
  readonly #ttlMs: number

  /** `store`: the service's own, which seals what it is given. `ttlMs`: at least the longest life of a refresh token (`original-13`). */
  constructor(store: KeyValue, ttlMs: number) {
    this.#store = store
    this.#ttlMs = ttlMs
  }

  /** Undefined when nothing is held (any more). @throws Unavailable */
  async profile(sub: string): Promise<Profile | undefined> {
    return this.#read(profileKey(sub), profileSchema)
  }

  /** Starts its life anew. @throws Unavailable */
  async keepProfile(profile: Profile): Promise<void> {
    await this.#write(profileKey(profile.sub), profile)
  }

  /** @throws Unavailable */
  async tokens(sub: string): Promise<UpstreamTokens | undefined> {
    return this.#read(tokensKey(sub), heldTokensSchema)
  }

  /** A provider that sends no new refresh token means the one it sent before (`pain-13`). @throws Unavailable */
  async keepTokens(sub: string, clientId: string, tokens: UpstreamTokens): Promise<void> {
    const held = await this.#read(tokensKey(sub), heldTokensSchema)
    const earlier = held?.client_id === clientId ? held.refresh_token : undefined
    const refreshToken = tokens.refresh_token ?? earlier
    await this.#write(tokensKey(sub), { ...tokens, refresh_token: refreshToken, client_id: clientId })
  }

  async #read<T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const entry = await this.#store.get(key)
    return entry && schema.parse(JSON.parse(Buffer.from(entry.value).toString()))
  }

  async #write(key: string, value: object): Promise<void> {
    await this.#store.put(key, Buffer.from(JSON.stringify(value)), { ttlMs: this.#ttlMs })
  }
}

const profileKey = (sub: string): string => `profile:${keyOf(sub)}`
const tokensKey = (sub: string): string => `upstream-tokens:${keyOf(sub)}`
