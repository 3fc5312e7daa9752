/** What one process keeps of its facts without NATS: in Redis when that is the storage, with Vault in a file under `data_dir`. */
import { join, resolve } from 'node:path'
import type { Journal } from '@gateway/bus'
import type { Config } from '@gateway/config'
import { type Misconfigured, Unavailable } from '@gateway/kernel'
import type { Logger } from '@gateway/service'

const RETRY_MS = 1_000

export interface OpenedJournal {
  readonly journal: Journal
  /** Resolves when another process has taken it, which ends this one. */
  readonly lost: Promise<Misconfigured>
}

function journalPath(dataDir: string, cwd: string): string {
  return join(resolve(cwd, dataDir), 'journal.ndjson')
}

/** Undefined where all is in memory. Waits for a Redis that is not there yet. @throws Misconfigured another process has it */
export async function openJournal(
  config: Config,
  log: Logger,
  cwd = process.cwd(),
): Promise<OpenedJournal | undefined> {
  const { promise: lost, resolve: onLost } = Promise.withResolvers<Misconfigured>()
  switch (config.storage.type) {
    case 'redis': {
      const { redisJournal } = await import('@gateway/store/redis/journal')
      const { redis } = config.storage
      const onNotice = (text: string) => log.warn(text)
      return { journal: await whenThere(() => redisJournal({ redis, onNotice, onLost }), log), lost }
    }
    case 'vault': {
      const { fileJournal } = await import('@gateway/bus/file')
      const path = journalPath(config.data_dir, cwd)
      log.info({ path }, 'facts are kept in a file, since there is no nats.url')
      return {
        journal: await fileJournal({ path, onTorn: (torn) => log.warn(torn, 'a torn last record was cut off') }),
        lost,
      }
    }
    case 'memory':
      return undefined
  }
}

async function whenThere(open: () => Promise<Journal>, log: Logger): Promise<Journal> {
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      log.warn({ waiting_for: [error.dependency] }, 'waiting')
      await new Promise((done) => setTimeout(done, RETRY_MS))
    }
  }
}
