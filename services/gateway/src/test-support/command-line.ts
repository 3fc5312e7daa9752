/** The command line of the gateway, in a process that is none. */
import { runProcess } from '@gateway/service'
import { fakeHost } from '@gateway/testing'
import { runCommandLine } from '../cli.ts'

/** Runs one command line to its end. */
export async function run(args: readonly string[], env: Record<string, string> = {}, folder?: string) {
  const host = fakeHost(args, env, folder)
  await runProcess(host, () => runCommandLine(host))
  return { out: host.out(), err: host.err(), code: host.exits[0] }
}
