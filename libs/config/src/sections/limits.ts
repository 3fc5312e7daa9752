/** `limits`: how much of the proxy one caller or one service may take. Counted in each replica. */
import { z } from 'zod'
import { oauthLimitsSchema } from './oauth-limits.ts'

const count = (max = 1_000_000_000) => z.number().int().min(1).max(max)

export const limitsSchema = z.strictObject({
  body_bytes: count()
    .default(16 * 1024 ** 2)
    .describe('Longest request body; longer ones are answered 413.'),
  user_requests_per_minute: count()
    .default(6_000)
    .describe('Requests of one user (or machine client) in each replica; ten seconds’ worth may come at once.'),
  client_requests_per_minute: count()
    .optional()
    .describe('The same for all users of one client together; absent: none, since hosted clients have many.'),
  service_requests_per_minute: count().optional().describe('The same for everybody who calls one service.'),
  user_concurrent: count()
    .default(100)
    .describe('Requests of one user under way at the same time in each replica, open streams included.'),
  service_concurrent: count().default(20_000).describe('The same for everybody who calls one service.'),
  service_waiting: count()
    .default(1_000)
    .describe('Requests that wait for the first byte of one service, so that a slow one takes no more; else 503.'),
  stream_after_expiry_seconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(3_600)
    .describe('How long a stream goes on after the token that opened it has expired.'),
  revocation_staleness_seconds: count()
    .optional()
    .describe(
      'Protected services answer 503 when NATS, and revocations with it, was away for longer; absent: traffic flows on.',
    ),
  oauth: oauthLimitsSchema.prefault({}).describe('How much of the authorization server.'),
})
