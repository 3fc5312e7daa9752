/** `keys`: what tokens and assertions are signed with, and how often those keys change. */
import { z } from 'zod'

const HOURS_A_DAY = 24

export const keysSchema = z
  .strictObject({
    algorithm: z
      .enum(['ES256', 'RS256', 'EdDSA'])
      .default('ES256')
      .describe(
        'Of new keys. After a change the next key is of the new algorithm, and is published ahead like any other.',
      ),
    rotation_days: z.number().int().min(1).max(365).default(30).describe('How long a key signs.'),
    publish_ahead_hours: z
      .number()
      .int()
      .min(1)
      .max(7 * HOURS_A_DAY)
      .default(HOURS_A_DAY)
      .describe('How long a key is published before it signs; longer than anybody caches a key set.'),
  })
  .superRefine(({ rotation_days, publish_ahead_hours }, context) => {
    if (publish_ahead_hours < rotation_days * HOURS_A_DAY) return
    const message = `must be less than rotation_days: at most ${rotation_days * HOURS_A_DAY - 1} hours`
    context.addIssue({ code: 'custom', path: ['publish_ahead_hours'], message })
  })
