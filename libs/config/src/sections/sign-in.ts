/** `sessions` and `consent`: how long a browser stays signed in here, and when people are asked again. */
import { z } from 'zod'
import { seconds } from './fields.ts'

const HOUR = 3_600
const DAY = 24 * HOUR

export const sessionsSchema = z.strictObject({
  idle_seconds: seconds(90 * DAY)
    .default(8 * HOUR)
    .describe('A browser that does nothing here for this long is signed out.'),
  max_seconds: seconds(90 * DAY)
    .default(7 * DAY)
    .describe('Longest time that a browser stays signed in, however often it comes back.'),
})

export const consentSchema = z.strictObject({
  remember: z
    .boolean()
    .default(false)
    .describe(
      'Whether somebody who is signed in is not asked again for what he allowed the same app before. Never for apps on a device, never on a way from another site.',
    ),
})
