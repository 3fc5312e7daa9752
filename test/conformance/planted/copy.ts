/** A copy of the repository in which defects are planted, so that nothing is ever edited where people work. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Every file that is or would be committed, as it stands now, with the installed packages linked. */
export function copyOf(root: string): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-planted-'))
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
  for (const file of listed.split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  for (const at of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(isModules)) {
    linkModules(join(root, at), join(folder, at))
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The root's and those of workspaces, none below another. */
const isModules = (path: string) => /^(?:[^/]+\/){0,2}node_modules$/.test(path) && !/node_modules\/./.test(path)

/** One link per package, since the packages of this workspace must be the copy's own. */
function linkModules(from: string, to: string): void {
  mkdirSync(join(to, '@gateway'), { recursive: true })
  for (const name of readdirSync(from)) {
    if (name === '@gateway' || name.startsWith('.vite')) continue
    symlinkSync(join(from, name), join(to, name))
  }
  if (!existsSync(join(from, '@gateway'))) return
  for (const name of readdirSync(join(from, '@gateway'))) {
    symlinkSync(readlinkSync(join(from, '@gateway', name)), join(to, '@gateway', name))
  }
}
