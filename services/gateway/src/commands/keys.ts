/** `gateway keys …`: what tokens and assertions are signed with. */
import { listKeys, RINGS, type RingName, retireKey, rotateKey } from '@gateway/contracts'
import { CannotStart } from '@gateway/service'
import { table, timeOf } from '../text.ts'
import type { OperatorCommandSpec } from './command.ts'

const group = 'keys'
const NEXT = { pending: 'signs from', active: 'signs until', retired: 'verifies until' } as const

/** @throws CannotStart */
function ringOf(text: string): RingName {
  const ring = RINGS.find((name) => name === text)
  if (ring === undefined) throw new CannotStart(`there is no ring "${text}"; the rings are ${RINGS.join(' and ')}`)
  return ring
}

export const keysCommands: readonly OperatorCommandSpec[] = [
  {
    group,
    name: 'list',
    description: 'every key that verifies something, and its next step',
    run: async ({ ask }) => {
      const { keys } = await ask(listKeys, {})
      const rows = keys.map(({ ring, kid, alg, status, created_at, next_at }) => [
        ring,
        kid,
        alg,
        status,
        timeOf(created_at),
        `${NEXT[status]} ${timeOf(next_at)}`,
      ])
      return { value: keys, text: table(['RING', 'KEY', 'ALGORITHM', 'STATUS', 'CREATED', 'NEXT'], rows) }
    },
  },
  {
    group,
    name: 'rotate',
    argument: '<ring>',
    description: `publish the next key now (${RINGS.join(', ')}); nothing becomes invalid`,
    about: (ring) => ({ ring: ringOf(ring) }),
    run: async ({ ask }, ring) => {
      const { kid, signs_at } = await ask(rotateKey, { ring: ringOf(ring) })
      return { value: { kid, signs_at }, text: `${kid} is published and signs from ${timeOf(signs_at)}\n` }
    },
  },
  {
    group,
    name: 'retire',
    argument: '<key>',
    description: 'in an emergency: drop a key at once',
    irreversible: 'everything that this key signed becomes invalid at once',
    about: (kid) => ({ kid }),
    run: async ({ ask }, kid) => {
      const { ring, active } = await ask(retireKey, { kid })
      return {
        value: { kid, ring, active },
        text: `${kid} is gone; ${active} signs ${ring === RINGS[0] ? 'tokens' : 'assertions'}\n`,
      }
    },
  },
]
