/** What is held of people, sealed: their profiles and their tokens at the provider, each for as long as a refresh token may live. */
import { profileSchema } from '@gateway/contracts'
import { keyOf, newId } from '@gateway/kernel'
import type { Entry, KeyValue } from '@gateway/store'
import { z } from 'zod'
import type { KnownPerson } from './domain/access.ts'

const heldProfileSchema = z.object({
  profile: profileSchema,
  claims: z.record(z.string(), z.array(z.string())),
  groups_unknown: z.boolean(),
})

const heldTokensSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  scope: z.string().optional(),
  /** Milliseconds since the epoch, all of them. */
  expires_at: z.number().optional(),
  refresh_expires_at: z.number().optional(),
  /** When the provider last took or gave them. */
  checked_at: z.number(),
  /** The client registration that got them: another one could not use them. */
  client_id: z.string(),
  /** The person's `sub` in ID tokens. */
  subject: z.string().optional(),
  /** Another one whenever something is written. */
  generation: z.string(),
})
export type HeldTokens = Omit<z.infer<typeof heldTokensSchema>, 'generation'>

/** A value as it was read: it is replaced only if nobody has written it since. */
export interface Held<T> {
  readonly value: T
  readonly version: string
}

export interface PeoplePage {
  readonly people: readonly KnownPerson[]
  readonly next?: string | undefined
}

export class People {
  readonly #store: KeyValue
  readonly #ttlMs: number

  /** `store`: the service's own, which seals what it is given. `ttlMs`: at least the longest life of a refresh token (`original-13`). */
  constructor(store: KeyValue, ttlMs: number) {
    this.#store = store
    this.#ttlMs = ttlMs
  }

  /** Undefined when nothing is held (any more). @throws Unavailable */
  async person(sub: string): Promise<Held<KnownPerson> | undefined> {
    return toPerson(await this.#store.get(profileKey(sub)))
  }

  /** Starts its life anew. @throws Unavailable */
  async keepPerson(person: KnownPerson): Promise<void> {
    await this.#store.put(profileKey(person.profile.sub), personBytes(person), { ttlMs: this.#ttlMs })
  }

  /** False when it was erased or written since: what was read later is left alone. @throws Unavailable */
  async replacePerson({ version }: Held<KnownPerson>, person: KnownPerson): Promise<boolean> {
    const key = profileKey(person.profile.sub)
    return this.#store.compareAndSet(key, version, personBytes(person), { ttlMs: this.#ttlMs })
  }

  /** A page of everybody who is held, in no particular order. @throws Unavailable */
  async page(cursor: string | undefined): Promise<PeoplePage> {
    const { keys, next } = await this.#store.list('profile:', { cursor })
    const entries = await Promise.all(keys.map((key) => this.#store.get(key)))
    return { people: entries.flatMap((entry) => toPerson(entry)?.value ?? []), next }
  }

  /** @throws Unavailable */
  async tokens(sub: string): Promise<Held<HeldTokens & { readonly generation: string }> | undefined> {
    const entry = await this.#store.get(tokensKey(sub))
    return entry && { value: heldTokensSchema.parse(parsed(entry)), version: entry.version }
  }

  /** Of a new sign-in. A provider that sends no new refresh token means the one it sent before (`pain-13`). @throws Unavailable */
  async keepTokens(sub: string, tokens: HeldTokens): Promise<void> {
    const before = (await this.tokens(sub))?.value
    await this.#store.put(tokensKey(sub), tokenBytes(succeeding(before, tokens)), { ttlMs: this.#ttlMs })
  }

  /** False when another sign-in, renewal or erasure came first, whose tokens are left alone. @throws Unavailable */
  async replaceTokens(sub: string, { value, version }: Held<HeldTokens>, tokens: HeldTokens): Promise<boolean> {
    const bytes = tokenBytes(succeeding(value, tokens))
    return this.#store.compareAndSet(tokensKey(sub), version, bytes, { ttlMs: this.#ttlMs })
  }

  /** @throws Unavailable */
  async forgetTokens(sub: string): Promise<void> {
    await this.#store.delete(tokensKey(sub))
  }

  /** @throws Unavailable */
  async forgetPerson(sub: string): Promise<void> {
    await this.#store.delete(profileKey(sub))
  }
}

/** Never overwritten with nothing: what an answer leaves out stays as it was, as long as the client is the same. */
function succeeding(before: HeldTokens | undefined, tokens: HeldTokens): HeldTokens {
  if (before?.client_id !== tokens.client_id) return tokens
  const isOld = tokens.refresh_token === undefined
  return {
    ...tokens,
    refresh_token: tokens.refresh_token ?? before.refresh_token,
    refresh_expires_at: tokens.refresh_expires_at ?? (isOld ? before.refresh_expires_at : undefined),
    id_token: tokens.id_token ?? before.id_token,
    subject: tokens.subject ?? before.subject,
  }
}

function toPerson(entry: Entry | undefined): Held<KnownPerson> | undefined {
  if (!entry) return undefined
  const { profile, claims, groups_unknown } = heldProfileSchema.parse(parsed(entry))
  return { value: { profile, claims, groupsUnknown: groups_unknown }, version: entry.version }
}

function personBytes({ profile, claims, groupsUnknown }: KnownPerson): Uint8Array {
  return Buffer.from(JSON.stringify({ profile, claims, groups_unknown: groupsUnknown }))
}

const tokenBytes = (tokens: HeldTokens): Uint8Array => Buffer.from(JSON.stringify({ ...tokens, generation: newId() }))
const parsed = (entry: Entry): unknown => JSON.parse(Buffer.from(entry.value).toString())
const profileKey = (sub: string): string => `profile:${keyOf(sub)}`
const tokensKey = (sub: string): string => `upstream-tokens:${keyOf(sub)}`
