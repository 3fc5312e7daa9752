/** An nkey for each role: the server's configuration has the public halves, each part its own seed. */
import { ROLES, type Role } from '@gateway/contracts'
import { nkeys } from 'nats'

export interface Credentials {
  readonly publicKeys: Readonly<Record<Role, string>>
  readonly seeds: Readonly<Record<Role, string>>
}

export function createCredentials(): Credentials {
  const pairs = ROLES.map((role) => [role, nkeys.createUser()] as const)
  const each = (text: (pair: (typeof pairs)[number][1]) => string) =>
    Object.fromEntries(pairs.map(([role, pair]) => [role, text(pair)])) as Record<Role, string>
  return {
    publicKeys: each((pair) => pair.getPublicKey()),
    seeds: each((pair) => new TextDecoder().decode(pair.getSeed())),
  }
}
