/** What a missing server means: a failure in CI, elsewhere a suite that is skipped loudly. */
import { MissingServer } from './locate.ts'

/**
 * The started server, or undefined when this machine has none: `describe.skipIf(!server)`. One line says what is skipped and
 * why. With `CI=true` a missing server is an error instead.
 */
export async function serverOrSkip<Server>(suite: string, start: () => Promise<Server>): Promise<Server | undefined> {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof MissingServer) || process.env.CI === 'true') throw error
    console.warn(`SKIPPED: ${suite}: ${error.message}`)
    return undefined
  }
}
