/** The file as YAML: its values, and the line at which each key stands. */

import { Misconfigured } from '@gateway/kernel'
import { isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { isMapping } from './normalise.ts'
import type { Path, Place } from './problems.ts'

export interface ConfigDocument {
  readonly values: Record<string, unknown>
  /** Where `path` stands, or the nearest key above it that is there. */
  place(path: Path): Place
}

/** @throws Misconfigured when the text is no YAML mapping, with every syntax error and its line */
export function parseConfig(text: string, name: string): ConfigDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
  if (document.errors.length > 0) {
    // One mistake often makes several errors: the first of a line tells it.
    const byLine = new Map(
      document.errors.toReversed().map((error) => [lines.linePos(error.pos[0]).line, error.message]),
    )
    const sorted = [...byLine].toSorted(([a], [b]) => a - b)
    throw new Misconfigured(sorted.map(([line, message]) => `${name}:${line}: is no YAML: ${message}`))
  }
  const values: unknown = document.toJS() ?? {}
  if (!isMapping(values)) throw new Misconfigured([`${name}: must hold sections and keys, as config.example.yaml does`])
  return {
    values,
    place(path) {
      let node: unknown = document.contents
      let line = 0
      for (const part of path) {
        if (!isMap(node)) break
        const pair = node.items.find((item) => isNode(item.key) && item.key.toJSON() === part)
        if (!pair) break
        const start = isNode(pair.key) ? pair.key.range?.[0] : undefined
        if (start !== undefined) line = lines.linePos(start).line
        node = pair.value
      }
      return { source: name, line }
    },
  }
}
