/** From what a provider says of a person to a profile: whole ids, harmless names, and nothing that is not said. */
import type { Profile } from '@gateway/contracts'
import { type ClaimMapping, type Claims, claimAt } from './claims.ts'

/** OpenID Connect Core §2: `sub` has at most 255 characters. A longer id is refused, never cut: cutting merges people. */
const ID_LENGTH_MAX = 255
const NAME_LENGTH_MAX = 200
const EMAIL_LENGTH_MAX = 320
const PICTURE_LENGTH_MAX = 2048

/** Undefined when there is no usable id: without one, two people would be one (`original-28`). */
export function profileOf(provider: string, claims: Claims, mapping: ClaimMapping): Profile | undefined {
  const id = first(mapping.id, (name) => idFrom(claimAt(claims, name)))
  if (id === undefined) return undefined
  const email = first(mapping.email, (name) => emailFrom(claimAt(claims, name)))
  const emailVerified = email && first(mapping.emailVerified, (name) => flagFrom(claimAt(claims, name)))
  const name = first(mapping.name, (name) => nameFrom(claimAt(claims, name)))
  const picture = first(mapping.picture, (name) => pictureFrom(claimAt(claims, name)))
  const groups = first(mapping.groups, (name) => groupsFrom(claimAt(claims, name)))
  return {
    sub: `${provider}:${id}`,
    id,
    provider,
    ...(email === undefined ? {} : { email }),
    ...(typeof emailVerified === 'boolean' ? { email_verified: emailVerified } : {}),
    ...(name === undefined ? {} : { name }),
    ...(picture === undefined ? {} : { picture }),
    ...(groups === undefined ? {} : { groups }),
  }
}

export function sameProfile(a: Profile, b: Profile): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Profile>
  return [...keys].every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]))
}

function first<T>(names: readonly string[], read: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const value = read(name)
    if (value !== undefined) return value
  }
  return undefined
}

/** A number beyond 2^53 has lost digits by the time it is read, so it would be somebody else's id as well. */
function idFrom(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  if (typeof value !== 'string' || value.trim() === '' || value.length > ID_LENGTH_MAX) return undefined
  return hasControls(value) ? undefined : value
}

function emailFrom(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > EMAIL_LENGTH_MAX) return undefined
  return /^[^\s@]+@[^\s@]+$/u.test(value) && !hasControls(value) ? value : undefined
}

/** Some providers say it in words or as a number. Anything else says nothing. */
function flagFrom(value: unknown): boolean | undefined {
  if (value === true || value === 'true' || value === 1 || value === '1') return true
  return value === false || value === 'false' || value === 0 || value === '0' ? false : undefined
}

/** Sorted, since providers list them in any order; one that is no harmless text is nobody's group. */
function groupsFrom(value: unknown): string[] | undefined {
  if (typeof value !== 'string' && !Array.isArray(value)) return undefined
  const groups = [value].flat().filter((group): group is string => typeof group === 'string' && !hasControls(group))
  return [...new Set(groups)].toSorted()
}

/** Control and direction characters are taken out: a name must not rearrange the page or log that shows it. */
function nameFrom(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const harmless = value.toWellFormed().replace(CONTROLS, '').trim()
  return Array.from(harmless).slice(0, NAME_LENGTH_MAX).join('').trim() || undefined
}

/** Shown as an image by others: a web address and nothing that a page could run. */
function pictureFrom(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > PICTURE_LENGTH_MAX || !URL.canParse(value)) return undefined
  const url = new URL(value)
  const harmless = /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  return harmless ? url.href : undefined
}

/** Unicode's control characters, and those that change the direction of text. */
const CONTROLS = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu

function hasControls(value: string): boolean {
  return !value.isWellFormed() || value.search(CONTROLS) >= 0
}
