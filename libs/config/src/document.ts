/** The file as YAML: its values, and the line at which each key stands. */

import { Misconfigured } from '@gateway/kernel'
import { isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { isMapping } from './normalise.ts'
import type { Path } from './problems.ts'

export interface ConfigDocument {
  readonly values: Record<string, unknown>
  /** `config.yaml:12`: where `path` stands, or the nearest key above it that is there. */
  where(path: Path): string
}

/** @throws Misconfigured when the text is no YAML mapping, with every syntax error and its line */
export function parseConfig(text: string, name: string): ConfigDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
  if (document.errors.length > 0) {
    throw new Misconfigured(
      document.errors.map((error) => `${name}:${lines.linePos(error.pos[0]).line}: is no YAML: ${error.message}`),
    )
  }
  const values: unknown = document.toJS() ?? {}
  if (!isMapping(values)) throw new Misconfigured([`${name}: must hold sections and keys, as config.example.yaml does`])
  return {
    values,
    where(path) {
      let node: unknown = document.contents
      let line: number | undefined
      for (const part of path) {
        if (!isMap(node)) break
        const pair = node.items.find((item) => isNode(item.key) && item.key.toJSON() === part)
        if (!pair) break
        const start = isNode(pair.key) ? pair.key.range?.[0] : undefined
        if (start !== undefined) line = lines.linePos(start).line
        node = pair.value
      }
      return line === undefined ? name : `${name}:${line}`
    },
  }
}
