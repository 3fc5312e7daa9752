/** Where the socket of a process is. */
import { join, resolve } from 'node:path'

/** Several processes may share a folder, as long as they do not share a port. */
export function operatorSocketPath(dataDir: string, port: number, cwd: string): string {
  return join(resolve(cwd, dataDir), `gateway-${port}.sock`)
}
