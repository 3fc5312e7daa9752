/** What the commands print: values of strangers made harmless, times, tables. Pure. */
import { stripVTControlCharacters } from 'node:util'

/** Values may come from strangers (a client's name): what could drive a terminal is not printed. */
export function harmless(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return stripVTControlCharacters(text).replace(UNPRINTABLE, '?')
}

/** Controls, and what turns the direction of writing or ends a line. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** `2026-01-01 12:30:00Z`; a dash when there is none. */
export function timeOf(ms: number | undefined): string {
  return ms === undefined ? '-' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

export type Cell = string | number | boolean | undefined

/** Columns as wide as their widest cell; nothing but the heads when there are no rows. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [heads, ...rows.map((row) => row.map(cellOf))]
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** `name  value` lines. */
export function sheet(entries: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${cellOf(value)}\n`).join('')
}

function cellOf(value: Cell): string {
  if (value === undefined || value === '') return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return harmless(value)
}
