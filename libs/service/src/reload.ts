/**
 * The configuration while a process runs: read again on SIGHUP and when its file has changed. A file that is wrong changes
 * nothing and is reported; what needs a restart is named and stays as it was.
 */
import { stat } from 'node:fs/promises'
import { type Config, type LoadedConfig, reloaded } from '@gateway/config'
import { Misconfigured } from '@gateway/kernel'
import type { Logger } from './log.ts'
import type { SignalSource } from './shutdown.ts'

/** The configuration in force from now on, whole. What throws is logged and keeps no other listener from its turn. */
export type ReloadListener = (config: Config) => void | Promise<void>

export interface Reloads {
  /** `listener` is called, one reload after another, whenever something changed that needs no restart. Returns how to stop it. */
  subscribe(listener: ReloadListener): () => void
}

/** For a process whose configuration is no file: nothing ever changes. */
export const noReloads: Reloads = { subscribe: () => () => undefined }

export interface ConfigSourceDeps {
  /** What the process started with. */
  readonly loaded: LoadedConfig
  /** Reads the same file again, with the same flags and variables. @throws Misconfigured */
  readonly load: () => LoadedConfig | undefined
  readonly signals: SignalSource
  readonly log: Logger
  readonly pollMs?: number | undefined
}

export interface ConfigSource extends Reloads {
  stop(): Promise<void>
}

/** A file that two looks in a row find the same is written to its end. */
const POLL_MS = 250

/**
 * Looked at rather than watched: the file may be replaced (editors), be a link that is turned (Kubernetes) or lie on a network,
 * where notifications get lost.
 */
export function watchConfig(deps: ConfigSourceDeps): ConfigSource {
  return new WatchedFile(deps)
}

class WatchedFile implements ConfigSource {
  readonly #deps: ConfigSourceDeps
  readonly #listeners = new Set<ReloadListener>()
  readonly #timer: NodeJS.Timeout
  readonly #onSignal = () => void this.#enqueue(() => this.#reload('SIGHUP'))
  #config: Config
  #told: ReadonlySet<string>
  /** Of the file that was read last; at first of none, so that a change during the start is seen. */
  #read: string | undefined
  #candidate: string | undefined
  #work: Promise<void> = Promise.resolve()
  #looking = false
  #stopped = false

  constructor(deps: ConfigSourceDeps) {
    this.#deps = deps
    this.#config = deps.loaded.config
    this.#told = new Set(deps.loaded.warnings)
    this.#timer = setInterval(() => this.#look(), deps.pollMs ?? POLL_MS)
    this.#timer.unref()
    deps.signals.on('SIGHUP', this.#onSignal)
  }

  subscribe(listener: ReloadListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#deps.signals.off('SIGHUP', this.#onSignal)
    await this.#work
  }

  #enqueue(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(() => (this.#stopped ? undefined : step()))
    return this.#work
  }

  #look(): void {
    if (this.#looking) return
    this.#looking = true
    void this.#enqueue(async () => {
      const now = await signatureOf(this.#deps.loaded.source)
      const settled = now !== this.#read && now === this.#candidate
      this.#candidate = now
      if (settled) await this.#reload('the file')
    }).finally(() => {
      this.#looking = false
    })
  }

  async #reload(by: 'SIGHUP' | 'the file'): Promise<void> {
    const { log, loaded } = this.#deps
    const file = loaded.source
    this.#read = await signatureOf(file)
    const next = this.#loadAgain(file)
    if (!next) return
    for (const warning of next.warnings) if (!this.#told.has(warning)) log.warn(warning)
    this.#told = new Set(next.warnings)
    const { config, applied, needRestart } = reloaded(this.#config, next.config)
    if (needRestart.length > 0)
      log.warn({ file, keys: needRestart }, 'changed keys that need a restart are not in force')
    if (applied.length === 0) {
      log[by === 'SIGHUP' ? 'info' : 'debug']({ file }, 'configuration read again: nothing to take over')
      return
    }
    this.#config = config
    for (const listener of this.#listeners) await this.#tell(listener, config)
    log.info({ file, keys: applied, by }, 'configuration reloaded')
  }

  #loadAgain(file: string): LoadedConfig | undefined {
    const { log, load } = this.#deps
    const message = 'the new configuration is wrong and changes nothing'
    try {
      const next = load()
      if (!next) log.error({ file, problems: [`${file} is gone`] }, message)
      return next
    } catch (error) {
      if (!(error instanceof Misconfigured)) throw error
      log.error({ file, problems: error.problems }, message)
      return undefined
    }
  }

  async #tell(listener: ReloadListener, config: Config): Promise<void> {
    try {
      await listener(config)
    } catch (error) {
      this.#deps.log.error({ err: error }, 'a part did not take over the new configuration')
    }
  }
}

/** Another one whenever the file is another, links followed. */
async function signatureOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return 'none'
  }
}
