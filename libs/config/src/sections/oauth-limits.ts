/** `limits.oauth`: how much of the authorization server one caller may take. Counted where the storage is, over all replicas. */
import { z } from 'zod'

const perMinute = () => z.number().int().min(1).max(1_000_000_000)

export const oauthLimitsSchema = z.strictObject({
  address_pages_per_minute: perMinute()
    .default(600)
    .describe('Pages shown to one address (an IPv6 /64); many people may share one.'),
  failures_per_minute: perMinute()
    .default(300)
    .describe('Refused requests of one client from one address that are told why; successful ones are not counted.'),
  client_requests_per_minute: perMinute()
    .default(6_000)
    .describe('Requests of one client that has authenticated, for all its users together.'),
  user_codes_per_minute: perMinute().default(60).describe('Authorization codes for one user.'),
})
