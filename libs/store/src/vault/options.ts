/** `storage.vault` of the configuration. */
import { readFileSync } from 'node:fs'
import { Misconfigured, type Secret } from '@gateway/kernel'

export interface VaultOptions {
  /** `https://vault.example.com:8200` */
  readonly url: string
  readonly mount_point: string
  readonly path_prefix: string
  readonly namespace?: string | undefined
  readonly verify_ssl: boolean
  /** A PEM file. */
  readonly ssl_ca_certs?: string | undefined
  /** Seconds to wait for an answer. */
  readonly timeout: number
  readonly auth_method: 'token' | 'approle' | 'kubernetes'
  /** Where the method is mounted; absent: at its own name. */
  readonly auth_mount_point?: string | undefined
  readonly token?: Secret | undefined
  readonly role_id?: string | undefined
  readonly secret_id?: Secret | undefined
  readonly role?: string | undefined
  readonly jwt_path?: string | undefined
}

/** @throws Misconfigured */
export function readAuthorities({ ssl_ca_certs: file }: VaultOptions): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    throw new Misconfigured([`storage.vault.ssl_ca_certs: ${file} cannot be read (${code ?? 'unknown error'})`])
  }
}
