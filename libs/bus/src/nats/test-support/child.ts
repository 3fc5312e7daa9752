/** The responder of `responder.ts` as a process of its own: to be frozen, killed, or to see to that itself. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Child {
  readonly process: ChildProcess
  /** The ids of the requests that it has begun to answer, one a line. */
  readonly handled: () => string
}

export async function startChild(url: string): Promise<Child> {
  const module = new URL('./responder.ts', import.meta.url).href
  const script = `import { respond } from '${module}'; await respond('${url}', console.log, true); console.log('serving')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let handled = ''
  child.stdout?.on('data', (chunk) => (handled += String(chunk)))
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return { process: child, handled: () => handled }
}
