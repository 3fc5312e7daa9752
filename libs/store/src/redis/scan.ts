/** Listing keys with `SCAN`, node by node where they are several. */
import { newId } from '@gateway/kernel'
import type { Redis } from 'ioredis'
import type { KeyPage, Page } from '../ports.ts'

const PAGE_SIZE = 100
/** Where a node's scan begins and ends. */
const BEGINNING = '0'

/**
 * The cursor is `<SCAN's own>@<connection>`: it means nothing to another node, nor to the same one after a restart. Once the
 * connection is another, the listing begins anew: keys come twice then, and none is left out.
 */
export async function scanPage(masters: readonly Redis[], prefix: string, page: Page): Promise<KeyPage> {
  const [cursor = BEGINNING, connection] = (page.cursor ?? BEGINNING).split('@')
  const nodes = masters.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const continued = nodes.find((node) => connectionOf(node) === connection)
  const node = continued ?? nodes[0]
  if (!node) throw new Error('Connection is closed.')
  const asked = connectionOf(node)
  // Only what this library writes: an operator's own lists and streams under the prefix are none of ours.
  const [next, keys] = await node.scan(
    continued ? cursor : BEGINNING,
    'MATCH',
    `${prefix.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)}*`,
    'COUNT',
    page.limit ?? PAGE_SIZE,
    'TYPE',
    'string',
  )
  if (next !== BEGINNING) return { keys, next: `${next}@${asked}` }
  const following = nodes[nodes.indexOf(node) + 1]
  return following ? { keys, next: `${BEGINNING}@${connectionOf(following)}` } : { keys }
}

function nameOf(node: Redis): string {
  return `${node.options.host}:${node.options.port}`
}

const connections = new WeakMap<Redis, string>()

function connectionOf(node: Redis): string {
  const known = connections.get(node)
  if (known !== undefined) return known
  const id = newId()
  connections.set(node, id)
  node.once('close', () => connections.delete(node))
  return id
}
