/** `gateway store reseal`: seals anew, with the active key, what the configured storage holds. */
import { keyringOf } from '@gateway/config'
import { Misconfigured } from '@gateway/kernel'
import { CannotStart, type Host } from '@gateway/service'
import { openStore, type ResealReport, reseal } from '@gateway/store'
import { loadFor } from '../load.ts'
import { openLine } from '../operator/open-line.ts'
import { harmless } from '../text.ts'
import type { CommandFlags } from './command.ts'

/**
 * Works on the storage itself, with the keys of the configuration; the running deployment is asked for nothing but to record it.
 * @throws CannotStart something could not be read with any key; Misconfigured, Unavailable
 */
export async function resealStore(flags: CommandFlags, host: Host): Promise<void> {
  const config = loadFor(flags, host)?.config
  if (!config) throw new Misconfigured(['no configuration file: name one with --config or MCP_CONFIG_PATH'])
  if (config.storage.type === 'memory') {
    throw new CannotStart(
      'storage.type is memory: nothing there is older than its process, so nothing has an older key',
    )
  }
  const line = await openLine(flags, host)
  const store = await openStore(config.storage)
  try {
    await line.operate({ name: 'store reseal', about: {} }, async () => undefined)
    const report = await reseal(store, keyringOf(config))
    host.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : textOf(report))
    if (report.unreadable.length > 0) throw new CannotStart(`${report.unreadable.length} values could not be read`)
  } finally {
    await store.close()
    await line.close()
  }
}

function textOf({ resealed, current, unreadable }: ResealReport): string {
  const lines = unreadable.map((value) => `unreadable: ${harmless(value.message)}\n`)
  return `${lines.join('')}${resealed} sealed anew, ${current} had the active key already\n`
}
