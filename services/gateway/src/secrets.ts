/**
 * `gateway secrets <folder>`: what a deployment must not share and nobody should have to invent. One folder for each part, to
 * be mounted only there; what is already there is kept, and the permissions of nats-server are printed anew from the contracts.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNkey, publicNkeyOf } from '@gateway/bus/nats'
import { natsAuthorization, ROLES, type Role } from '@gateway/contracts'
import type { Host } from '@gateway/service'

/** Who shares the root of the sealing keys and the store. */
const SHARERS: readonly Role[] = ['auth-server', 'registry', 'token-issuer', 'provider-bridge', 'operator']
/** These get a root of their own: nothing that they hold opens what the others sealed. */
const OWN_ROOT: readonly Role[] = ['proxy', 'bootstrap']

/** File names inside each folder. */
const SECRET_FILES = {
  nkeySeed: 'nats.seed',
  sessionSecret: 'session_secret',
  redisPassword: 'redis_password',
  natsConfig: 'nats.conf',
} as const

export async function makeSecrets(folder: string, host: Pick<Host, 'stdout'>): Promise<void> {
  const publicKeys: Partial<Record<Role, string>> = {}
  for (const role of ROLES) {
    const seed = await keep(join(folder, role, SECRET_FILES.nkeySeed), () => createNkey().seed)
    publicKeys[role] = publicNkeyOf(seed)
  }
  const session = await keep(join(folder, 'auth-server', SECRET_FILES.sessionSecret), randomSecret)
  const password = await keep(join(folder, 'redis', SECRET_FILES.redisPassword), randomSecret)
  for (const role of SHARERS) {
    await write(join(folder, role, SECRET_FILES.sessionSecret), session)
    await write(join(folder, role, SECRET_FILES.redisPassword), password)
  }
  for (const role of OWN_ROOT) await keep(join(folder, role, SECRET_FILES.sessionSecret), randomSecret)
  await write(join(folder, 'nats', SECRET_FILES.natsConfig), natsConfig(publicKeys))
  host.stdout.write(`secrets for ${ROLES.join(', ')}, nats and redis are in ${folder}\n`)
}

/** `sync_interval` and the rest of what only the place knows are beside it, in the file that includes this one. */
function natsConfig(publicKeys: Readonly<Partial<Record<Role, string>>>): string {
  return `# Printed by \`gateway secrets\` from the contracts; written anew at every start.\n${natsAuthorization(publicKeys)}`
}

function randomSecret(): string {
  return randomBytes(48).toString('base64url')
}

async function keep(path: string, make: () => string): Promise<string> {
  const there = await readFile(path, 'utf8').catch(() => '')
  if (there !== '') return there
  const made = make()
  await write(path, made)
  return made
}

/** Whole or not at all: a half-written secret would be kept for ever. Readable to the one container that mounts the folder. */
async function write(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(`${path}.new`, text, { mode: 0o444 })
  await rename(`${path}.new`, path)
}

/** `gateway auditor`: the read-only credential and where to use it, for whoever subscribes to the audit. */
export async function printAuditor(folder: string, url: string, host: Pick<Host, 'stdout'>): Promise<void> {
  const seed = await readFile(join(folder, SECRET_FILES.nkeySeed), 'utf8')
  host.stdout.write(`url  ${url}\nseed ${seed}\n`)
}
