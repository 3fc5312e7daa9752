/**
 * The clockwork of the keys. Every replica looks every two seconds whether the store still has what signs now, so that a wiped
 * one is noticed at once, and once a minute whether a step of the schedule is due: those are days apart.
 */
import type { Logger } from '@gateway/service'
import type { SigningKeys } from './signing-keys.ts'

const LOOK_MS = 2_000
const LOOKS_PER_CHECK = 30

export interface KeyCheck {
  /** Resolves when the check that runs has ended. */
  stop(): Promise<void>
}

export function startKeyCheck(keys: Pick<SigningKeys, 'advance' | 'replaceLost'>, log: Pick<Logger, 'warn'>): KeyCheck {
  let running: Promise<void> | undefined
  let looks = 0
  let isFailing = false

  async function look(): Promise<void> {
    looks += 1
    try {
      await (looks % LOOKS_PER_CHECK === 0 ? keys.advance() : keys.replaceLost())
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'the signing keys could not be checked; the next check will')
      isFailing = true
    }
  }

  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = undefined
    })
  }, LOOK_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
