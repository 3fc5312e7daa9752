/** The three ways to come by a token. */
import { readFile } from 'node:fs/promises'
import { Misconfigured, Secret } from '@gateway/kernel'
import { type Answer, type Body, unavailable, type VaultClient } from './client.ts'
import type { VaultOptions } from './options.ts'

export interface Grant {
  readonly token: Secret
  readonly renewable: boolean
  /** Infinite: a token that never ends. */
  readonly ttlMs: number
}

/** The server says no, and asking again will not change that: unless somebody mends something there. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused'
}

export interface Login {
  /** The key of the configuration to look at when it is refused. */
  readonly setting: string
  /** False: the token is what it is, and asking again brings no other. */
  readonly repeatable: boolean
  /** @throws LoginRefused @throws Unavailable */
  attempt(client: VaultClient): Promise<Grant>
}

/** @throws Misconfigured what the method needs is missing */
export function loginOf(options: VaultOptions): Login {
  const mount = `auth/${options.auth_mount_point ?? options.auth_method}`
  switch (options.auth_method) {
    case 'token':
      return tokenLogin(required(options.token, 'token'))
    case 'approle':
      return appRoleLogin(mount, required(options.role_id, 'role_id'), options.secret_id)
    case 'kubernetes':
      return kubernetesLogin(mount, required(options.role, 'role'), required(options.jwt_path, 'jwt_path'))
  }
}

function required<Value>(value: Value | undefined, key: string): Value {
  if (value === undefined) throw new Misconfigured([`storage.vault.${key}: missing`])
  return value
}

/** Nothing is asked for but how long the token lives. */
function tokenLogin(token: Secret): Login {
  return {
    setting: 'token',
    repeatable: false,
    async attempt(client) {
      const found = await client.send(token.open(), 'read', 'auth/token/lookup-self')
      const {
        ttl,
        renewable,
        expire_time: end,
      } = bodyOf(found).data as {
        ttl?: number
        renewable?: boolean
        expire_time?: string | null
      }
      return { token, renewable: renewable === true, ttlMs: end == null ? Number.POSITIVE_INFINITY : lifeOf(ttl) }
    },
  }
}

function appRoleLogin(mount: string, roleId: string, secretId: Secret | undefined): Login {
  return {
    setting: 'role_id and secret_id',
    repeatable: true,
    async attempt(client) {
      const secret = secretId === undefined ? {} : { secret_id: secretId.open() }
      return grantOf(await client.send('', 'write', `${mount}/login`, { role_id: roleId, ...secret }))
    },
  }
}

/** The file is read each time: Kubernetes replaces the token in it within the hour. */
function kubernetesLogin(mount: string, role: string, file: string): Login {
  return {
    setting: 'role and jwt_path',
    repeatable: true,
    async attempt(client) {
      const jwt = await readFile(file, 'utf8').catch((error: unknown) => {
        throw new LoginRefused(`${file} cannot be read (${(error as { code?: string }).code ?? 'unknown error'})`)
      })
      return grantOf(await client.send('', 'write', `${mount}/login`, { role, jwt: jwt.trim() }))
    },
  }
}

/** The same token, with more life. @throws LoginRefused @throws Unavailable */
export async function renew(client: VaultClient, { token }: Grant): Promise<Grant> {
  return grantOf(await client.send(token.open(), 'write', 'auth/token/renew-self', {}))
}

/** @throws LoginRefused */
function bodyOf(answer: Answer): Body {
  if (answer.outcome === 'ok') return answer.body ?? {}
  throw new LoginRefused('the server refuses it')
}

function grantOf(answer: Answer): Grant {
  const auth = bodyOf(answer).auth as
    | { client_token?: string; renewable?: boolean; lease_duration?: number }
    | undefined
  if (!auth?.client_token) throw unavailable('an answer that is no login')
  const { client_token: token, renewable = false, lease_duration: seconds } = auth
  // Nothing, and not to be renewed: a token that never ends. Else the last second of one that does.
  const isEndless = seconds === 0 && !renewable
  return { token: new Secret(token), renewable, ttlMs: isEndless ? Number.POSITIVE_INFINITY : lifeOf(seconds) }
}

function lifeOf(seconds: number | undefined): number {
  return (seconds ?? 0) * 1_000
}
