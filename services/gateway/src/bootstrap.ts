/** `gateway bootstrap`: creates and updates the streams and durable consumers of a deployment over NATS, and says what it did. */
import { Misconfigured } from '@gateway/kernel'
import { CannotStart, createLogger, type Host, openBus } from '@gateway/service'
import { type LoadFlags, loadFor } from './load.ts'
import { provision } from './streams.ts'

export interface BootstrapFlags extends Pick<LoadFlags, 'config' | 'debug'> {
  /** Changes nothing; fails when something differs. */
  readonly check?: boolean | undefined
}

const DONE = { created: 'created', updated: 'updated', unchanged: 'unchanged' } as const
const WOULD = { created: 'missing', updated: 'differs', unchanged: 'unchanged' } as const

/** @throws Misconfigured no configuration, no `nats.url`, or a server that refuses; CannotStart with `--check`, when something differs */
export async function bootstrap(flags: BootstrapFlags, host: Host): Promise<void> {
  const loaded = loadFor(flags, host)
  const url = loaded?.config.nats.url
  if (!loaded) throw new Misconfigured(['no configuration file: name one with --config or MCP_CONFIG_PATH'])
  if (url === undefined) {
    throw new Misconfigured([
      'nats.url: missing; there is nothing to bootstrap without NATS (one process makes its own streams in memory)',
    ])
  }
  const { config } = loaded
  const check = flags.check ?? false
  const bus = await openBus(
    config,
    url,
    'bootstrap',
    createLogger({ service: 'bootstrap', debug: config.debug, quiet: true }),
  )
  const words = check ? WOULD : DONE
  let differing = 0
  for await (const { kind, name, outcome } of provision(bus, config, { check })) {
    if (outcome !== 'unchanged') differing++
    host.stdout.write(`${words[outcome].padEnd(10)} ${kind.padEnd(8)} ${name}\n`)
  }
  await bus.close()
  if (check && differing > 0) {
    throw new CannotStart(`${differing} differ from what this version needs: run gateway bootstrap`)
  }
}
