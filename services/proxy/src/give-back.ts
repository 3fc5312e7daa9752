/**
 * Gives the memory of a start back to the system: loading the program and replaying what was revoked leave garbage that V8 keeps
 * for what may come. The garbage collector has no other door; before the public port opens, its pause costs nobody anything.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export function giveMemoryBack(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
