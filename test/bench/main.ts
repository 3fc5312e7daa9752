/**
 * `npm run bench`: the proxy beside others, the token endpoint beside another, what the audit costs, then the event-sourced
 * core. Arguments are the proxy's (`run.ts`), and then it is measured alone; `npm run bench:token`, `audit.ts` and
 * `npm run bench:core` have their own.
 */
import { spawnSync } from 'node:child_process'

const own = process.argv.slice(2)
const parts = own.length === 0 ? ['run.ts', 'token/run.ts', 'audit.ts', 'core/run.ts'] : ['run.ts']
for (const part of parts) {
  const script = new URL(part, import.meta.url).pathname
  const { status } = spawnSync(process.execPath, [script, ...own], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = status ?? 1
}
