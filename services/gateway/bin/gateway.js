#!/usr/bin/env node
// Node 24 and newer run TypeScript as it is; an older one hands over to the Node that `npm ci` brought.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const bundled = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(main)
} else if (!existsSync(bundled)) {
  process.stderr.write(
    `Node ${process.versions.node} is too old for the gateway: use Node 24 or newer, or run npm ci\n`,
  )
  process.exitCode = 1
} else {
  const child = spawn(bundled, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal signals the whole group, so the child has heard it already; a supervisor signals this process alone.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}
