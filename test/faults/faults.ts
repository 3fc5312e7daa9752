/** What can happen to a server or to a replica, and how it ends. */
import type { TcpProxy } from '@gateway/testing'

export interface Target {
  readonly name: string
  readonly process: {
    kill(signal: NodeJS.Signals): Promise<void>
    /** Starts it again, ending it if it runs. */
    restart(): Promise<void>
  }
  /** Every way from a replica to a server that it uses. */
  readonly networks: readonly TcpProxy[]
  /** The way from the edge to a replica. */
  readonly edge?: TcpProxy | undefined
}

export interface Fault {
  readonly name: string
  /** How long it lasts, of itself. */
  readonly lastsMs: number
  /** What may then fail for a moment, by the words of the answer: what the design says is gone. */
  readonly excuses?: RegExp
  inject(target: Target): Promise<void>
  heal(target: Target): Promise<void>
}

/** Of everything that a server says. */
const DELAY_MS = 150

const none = async (): Promise<void> => undefined
const onNetworks = (change: (network: TcpProxy) => void) => async (target: Target) => {
  target.networks.forEach(change)
  if (target.edge) change(target.edge)
}
const mend = onNetworks((network) => network.mend())

/** `awayMs`: how long a killed process or a cut network is away. */
export const faults = (awayMs: number, frozenMs: number) =>
  ({
    killed: {
      name: 'killed (SIGKILL)',
      lastsMs: awayMs,
      inject: ({ process }) => process.kill('SIGKILL'),
      heal: ({ process }) => process.restart(),
    },
    frozen: {
      name: 'frozen (SIGSTOP)',
      lastsMs: frozenMs,
      inject: ({ process }) => process.kill('SIGSTOP'),
      heal: ({ process }) => process.kill('SIGCONT'),
    },
    restarted: {
      name: 'restarted (SIGTERM)',
      lastsMs: 0,
      inject: ({ process }) => process.kill('SIGTERM'),
      heal: ({ process }) => process.restart(),
    },
    slow: {
      name: `its network ${DELAY_MS} ms late`,
      lastsMs: awayMs,
      inject: onNetworks((network) => network.delay(DELAY_MS)),
      heal: mend,
    },
    cut: { name: 'its network cut', lastsMs: awayMs, inject: onNetworks((network) => network.cut()), heal: mend },
    halfClosed: {
      name: 'its connections half closed',
      lastsMs: 0,
      /** Services must notice by themselves that nobody hears them. The edge, which waits as long as streams are silent, is told. */
      inject: async ({ networks, edge }) => {
        for (const network of networks) network.halfClose('server')
        edge?.halfClose('client')
      },
      heal: none,
    },
  }) as const satisfies Record<string, Fault>

export type FaultName = keyof ReturnType<typeof faults>
