/** The sources of the commit before this one, runnable, with the packages that are installed here. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ROOT } from './processes.ts'

export interface PreviousVersion {
  /** With a slash at its end, as {@link ROOT}. */
  readonly root: string
  /** `HEAD~1`, or what stands in for it. */
  readonly name: string
  remove(): void
}

/** A shallow clone has no other commit than its own, and an export has none at all; both are said loudly. */
export function checkOutPrevious(): PreviousVersion | undefined {
  const name = ['HEAD~1', 'HEAD'].find(exists)
  if (name === undefined) {
    process.stderr.write('SKIPPED: the rolling upgrade: there is no git history to take another version from\n')
    return undefined
  }
  if (name === 'HEAD') {
    process.stderr.write(
      'FALLEN BACK: the rolling upgrade: a shallow clone, so HEAD stands in for the previous commit\n',
    )
  }
  const root = `${mkdtempSync(join(tmpdir(), 'gateway-previous-'))}/`
  const sources = git('archive', '--format=tar', name, 'libs', 'services', 'infra', 'package.json')
  execFileSync('tar', ['-x', '-C', root], { input: sources })
  linkPackages(root)
  return { root, name, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** Everything installed here but our own packages, which are its own. */
function linkPackages(root: string): void {
  const [here, there] = [join(ROOT, 'node_modules'), join(root, 'node_modules')]
  mkdirSync(join(there, '@gateway'), { recursive: true })
  for (const name of readdirSync(here)) {
    if (name !== '@gateway' && !name.startsWith('.')) symlinkSync(join(here, name), join(there, name))
  }
  for (const manifest of globSync(['libs/*/package.json', 'services/*/package.json', 'infra/demo/package.json'], {
    cwd: root,
  })) {
    const { name } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as { name: string }
    symlinkSync(relative(join(there, '@gateway'), join(root, manifest, '..')), join(there, name))
  }
}

function exists(commit: string): boolean {
  try {
    git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`)
    return existsSync(join(ROOT, '.git'))
  } catch {
    return false
  }
}

function git(...args: readonly string[]): Buffer {
  return execFileSync('git', args, { cwd: ROOT, maxBuffer: 256 * 1024 ** 2, stdio: ['ignore', 'pipe', 'ignore'] })
}
