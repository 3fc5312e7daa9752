/** The kinds of value that several sections use. What a value must be is said in `expected`, the words that problems show. */
import { isIP } from 'node:net'
import { Secret } from '@gateway/kernel'
import { z } from 'zod'

/** What our own walkers read beside zod's types. */
export interface FieldMeta {
  readonly description?: string
  /** Never shown, not even its length. */
  readonly secret?: boolean
  /** Overrides the words derived from the type. */
  readonly expected?: string
  /** Accepted for the predecessor's sake; the reason why it does nothing here. */
  readonly noMeaning?: string
  /** Overrides the default shown in the reference. */
  readonly shownDefault?: string
}

export const secret = () =>
  z
    .string()
    .min(1, 'must not be empty')
    .transform((text) => new Secret(text))
    .meta({ secret: true, expected: 'a secret text' } satisfies FieldMeta)

export const text = () => z.string().min(1, 'must not be empty')

/** One line for people, with nothing in it that hides, reverses or breaks text. */
export const sentence = (charactersMax: number) =>
  text()
    .refine((value) => Array.from(value).length <= charactersMax, `must have at most ${charactersMax} characters`)
    .refine((value) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(value), 'must be one line of visible characters')
    .refine((value) => value.trim() === value, 'must not begin or end with a space')

export const port = () => z.number().int().min(0).max(65_535)

export const seconds = (max: number) => z.number().int().min(1).max(max)

export const scopes = () =>
  z
    .array(
      z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'a scope is printable ASCII without space, quote or backslash'),
    )
    .meta({ expected: 'a list of scopes' } satisfies FieldMeta)

/** Accepted and without effect; the loader says so in one line. */
export const noMeaning = (reason: string) =>
  z
    .unknown()
    .optional()
    .meta({ noMeaning: reason } satisfies FieldMeta)

/** An absolute http or https URL without credentials or fragment. Whether http is allowed is a rule of its section. */
export const webUrl = () =>
  z
    .string()
    .superRefine((value, context) => {
      const problem = webUrlProblem(value)
      if (problem) context.addIssue({ code: 'custom', message: problem })
    })
    .meta({ expected: 'an http or https URL' } satisfies FieldMeta)

function webUrlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'is no URL; an absolute one, such as http://localhost:3001, is expected'
  const url = new URL(value)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://'
  if (url.username !== '' || url.password !== '') return 'must not hold credentials'
  if (url.hash !== '') return 'must not have a fragment'
  return undefined
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether an http URL's host is this very machine, so that nothing crosses a network. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.has(url.hostname)
}

/** `192.0.2.0/24`, `2001:db8::/32` or a single address. */
export const cidr = () =>
  z
    .string()
    .refine(isCidr, 'must be an address or a range, such as 10.0.0.0/8')
    .meta({ expected: 'an address range (CIDR)' } satisfies FieldMeta)

function isCidr(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}
