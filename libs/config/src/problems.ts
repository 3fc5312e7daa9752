/** What is wrong with a configuration, collected so that everything is said at once. */
import { Misconfigured } from '@gateway/kernel'

export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  readonly text: string
}

/** Where a key was given. */
export interface Place {
  /** The file, a variable or a flag. */
  readonly source: string
  /** Of the file; 0 where there is none. */
  readonly line: number
}

/** `mcp_services.calculator.scopes[0]`; a key that is no plain word stands in quotes. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      const plain = /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)
      return index === 0 ? plain : `.${plain}`
    })
    .join('')
}

export class Problems {
  readonly #found: Problem[] = []

  add(path: Path, text: string): void {
    this.#found.push({ path, text })
  }

  /** Whether something at, above or below `path` is already known to be wrong: one mistake is one problem. */
  covers(path: Path): boolean {
    return this.#found.some((problem) =>
      problem.path.every((part, index) => index >= path.length || part === path[index]),
    )
  }

  /** @throws Misconfigured with one line each, in the order of the file; what comes from elsewhere stands first */
  throwIfAny(place: (path: Path) => Place): void {
    if (this.#found.length === 0) return
    const lines = this.#found
      .map(({ path, text }) => ({ ...place(path), path: formatPath(path), text }))
      .toSorted((a, b) => a.line - b.line)
      .map(({ source, line, path, text }) => {
        const where = line === 0 ? source : `${source}:${line}`
        return path === '' ? `${where}: ${text}` : `${where}: ${path}: ${text}`
      })
    throw new Misconfigured([...new Set(lines)])
  }
}
