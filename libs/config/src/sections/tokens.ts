/** `tokens`: how long they live and what they say about people. */
import { z } from 'zod'
import { seconds } from './fields.ts'

const DAY = 86_400
export const PROFILE_CLAIMS = ['email', 'name', 'picture', 'provider'] as const

export const tokensSchema = z.strictObject({
  access_ttl_seconds: seconds(DAY).default(3_600).describe('Life of an access token.'),
  refresh_ttl_seconds: seconds(3_650 * DAY)
    .default(30 * DAY)
    .describe('Life of a refresh token; each use starts it anew.'),
  refresh_max_seconds: seconds(3_650 * DAY)
    .default(365 * DAY)
    .describe('Longest time between two sign-ins, however often tokens are refreshed.'),
  refresh_grace_seconds: z
    .number()
    .int()
    .min(0)
    .max(600)
    .default(30)
    .describe('How long a superseded refresh token still gets the current one: parallel refreshes and lost responses.'),
  code_ttl_seconds: seconds(600)
    .default(60)
    .describe('Life of an authorization code (RFC 6749 §4.1.2: at most 10 minutes).'),
  profile_claims: z
    .array(z.enum(PROFILE_CLAIMS))
    .default([...PROFILE_CLAIMS])
    .describe('What tokens say of the user, and so which `x-user-*` headers backends get.'),
})
