/** The reference of every key and variable, as Markdown, from the schema itself, so that the two cannot differ. */
import type { z } from 'zod'
import { expectedOf } from '../expected.ts'
import { defaultOf, isRequired, metaOf, nodeOf } from '../schema-tree.ts'
import { configSchema } from '../sections.ts'
import { fills, overrides, storageFills } from '../variables.ts'

const BEGIN = '<!-- generated: npm run reference -w libs/config -->'
const END = '<!-- /generated -->'

/** `readme` with what stands between the markers replaced. @throws TypeError when the markers are not there */
export function withReference(readme: string): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin < 0 || end < begin) throw new TypeError('the README has no place for the reference')
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${reference()}\n${readme.slice(end)}`
}

function reference(): string {
  const rows = rowsOf(configSchema, '')
  return [...table(['key', 'must be', 'default', 'meaning'], rows), '', ...variables()].join('\n')
}

type Row = readonly string[]

/** One row for each key; a section has one of its own only when something is to be said of it as a whole. */
function rowsOf(schema: z.ZodType, path: string): readonly Row[] {
  const node = nodeOf(schema)
  const below = (key: string) => (path === '' ? key : `${path}.${key}`)
  switch (node.kind) {
    case 'section':
      return [
        ...(path === '' ? [] : [rowOf(schema, path)]),
        ...Object.entries(node.fields).flatMap(([key, field]) => rowsOf(field, below(key))),
      ]
    case 'entries': {
      const entry = nodeOf(node.value)
      const fields = entry.kind === 'section' ? Object.entries(entry.fields) : []
      return [rowOf(schema, path), ...fields.flatMap(([key, field]) => rowsOf(field, `${below('<id>')}.${key}`))]
    }
    case 'list':
    case 'boolean':
    case 'number':
    case 'text':
    case 'choice':
    case 'anything':
      return [rowOf(schema, path)]
  }
}

function rowOf(schema: z.ZodType, path: string): Row {
  const { description = '', noMeaning } = metaOf(schema)
  const key = `\`${path}\``
  if (noMeaning !== undefined) return [key, '', '', `Accepted without effect: ${noMeaning}.`]
  return [key, expectedOf(schema), defaultText(schema), description]
}

function defaultText(schema: z.ZodType): string {
  const value = defaultOf(schema)
  if (value === undefined) return isRequired(schema) ? '**required**' : ''
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => `\`${item}\``).join(', ')
  return typeof value === 'object' ? 'none' : `\`${JSON.stringify(value).replace(/^"|"$/g, '')}\``
}

function variables(): readonly string[] {
  const sets = Object.entries(overrides).map(([name, path]) => [`\`${name}\``, `overrides \`${path.join('.')}\``])
  const stored = Object.entries(storageFills).flatMap(([section, names]) =>
    Object.entries(names).map(([name, key]) => [
      `\`${name}\``,
      `fills \`storage.${section}.${key}\` where it is absent`,
    ]),
  )
  const rows = [
    ['`MCP_CONFIG_PATH`', 'names the configuration file'],
    ...sets,
    ['`<PROVIDER>_CLIENT_ID`, `<PROVIDER>_CLIENT_SECRET`', 'fill those keys of the provider, e.g. `GOOGLE_CLIENT_ID`'],
    ['`OKTA_DOMAIN`', 'fills `oauth_providers.okta.domain` where it is absent'],
    ...Object.entries(fills).map(([name, path]) => [`\`${name}\``, `fills \`${path.join('.')}\` where it is absent`]),
    ['`NATS_NKEY_SEED`', 'fills `nats.nkey_seed` where it is absent and `nats.url` is there'],
    ...stored,
    ['`<VAR>_FILE`', 'for any variable above or in a `${VAR}`: the file that holds its value'],
  ]
  return table(['variable', 'meaning'], rows)
}

/** Columns are padded as the formatter pads them, so that formatting the README changes nothing. */
function table(head: Row, rows: readonly Row[]): readonly string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const line = (row: Row) => `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(cells[0] ?? []), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)]
}
