/** The clockwork of the key schedule: every replica looks once a minute, steps are days apart. */
import type { Logger } from '@gateway/service'
import type { SigningKeys } from './signing-keys.ts'

const KEY_CHECK_MS = 60_000

export interface KeyCheck {
  /** Resolves when the check that runs has ended. */
  stop(): Promise<void>
}

export function startKeyCheck(keys: SigningKeys, log: Logger): KeyCheck {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= keys
      .advance()
      .catch((error: unknown) => log.warn({ err: error }, 'the signing keys could not be checked; the next check will'))
      .finally(() => {
        running = undefined
      })
  }, KEY_CHECK_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
