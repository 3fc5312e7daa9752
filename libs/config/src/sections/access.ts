/** `access`: who may come in, for the whole gateway and for each service. Judged at every sign-in and at every refresh. */
import { z } from 'zod'
import { type FieldMeta, text } from './fields.ts'

const email = z
  .string()
  .regex(/^[^\s@]+@[^\s@]+$/u, 'must be an e-mail address')
  .transform((value) => value.toLowerCase())
  .meta({ expected: 'an e-mail address' } satisfies FieldMeta)

/** Exactly this domain: what stands below it is another one. */
const domain = z
  .string()
  .regex(/^@?[^\s@*]+\.[^\s@*]+$/u, 'must be the part of e-mail addresses behind the @, such as example.com')
  .transform((value) => value.replace(/^@/, '').toLowerCase())
  .meta({ expected: 'a domain of e-mail addresses' } satisfies FieldMeta)

const claims = z.record(z.string(), z.array(text())).meta({ expected: 'claim: [values] lines' } satisfies FieldMeta)

/** One match with any of them is a match. */
const people = (whose: string) =>
  z.strictObject({
    emails: z.array(email).default([]).describe(`E-mail addresses ${whose}.`),
    domains: z.array(domain).default([]).describe(`Domains of e-mail addresses ${whose}.`),
    groups: z.array(text()).default([]).describe(`Groups ${whose}, as the provider names them.`),
    claims: claims.default({}).describe(`Values of other claims of the provider ${whose}.`),
  })

const allow = people('that may come in').optional().describe('Absent: everybody whom the provider signs in.')
const deny = people('that may not').prefault({}).describe('Wins over everything that is allowed.')

/** Below `mcp_services.<id>.access`: narrows what the whole gateway allows. */
export const serviceAccessSchema = z.strictObject({ allow, deny })

export const accessSchema = z.strictObject({
  allow,
  deny,
  admins: people('of administrators')
    .prefault({})
    .describe('They need not be allowed; denials and blocks hold for them too.'),
  contact: text()
    .max(200)
    .optional()
    .describe('Whom people may ask who are kept out: an address or a sentence, shown on the page that says so.'),
})
