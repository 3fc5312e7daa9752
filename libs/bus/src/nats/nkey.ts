/** nkeys: the server knows the public half (`U…`), the process holds the seed (`SU…`). */
import { nkeys } from 'nats'

export interface Nkey {
  readonly seed: string
  readonly publicKey: string
}

export function createNkey(): Nkey {
  const pair = nkeys.createUser()
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() }
}

/** The public half of a seed. @throws TypeError when it is none */
export function publicNkeyOf(seed: string): string {
  try {
    return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey()
  } catch {
    throw new TypeError('no nkey seed (SU…)')
  }
}
