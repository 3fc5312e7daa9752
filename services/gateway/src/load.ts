/** The configuration as every command finds it. */
import { homedir } from 'node:os'
import { type LoadedConfig, loadConfig, readFileIfThere } from '@gateway/config'
import type { Host } from '@gateway/service'

export interface LoadFlags {
  readonly config?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly debug?: boolean | undefined
}

/** Undefined when no file is named and none is found. @throws Misconfigured */
export function loadFor({ config, host: listenHost, port, debug }: LoadFlags, host: Host): LoadedConfig | undefined {
  return loadConfig({
    flags: { config, host: listenHost, port, debug },
    env: host.env,
    cwd: host.cwd(),
    home: homedir(),
    readFile: readFileIfThere,
  })
}
