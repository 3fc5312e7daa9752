/** An operator's command as data: how it is written, what it is about, what it asks, what is printed. */
import type { OperatorCommand } from '@gateway/contracts'
import { CannotStart, type Host } from '@gateway/service'
import type { Asking } from '../operator/line.ts'
import { type LineFlags, operate } from '../operator/open-line.ts'

export interface CommandFlags extends LineFlags {
  readonly json?: boolean | undefined
  readonly yes?: boolean | undefined
  readonly [flag: string]: string | boolean | undefined
}

export interface Shown {
  /** Of `--json`. */
  readonly value: unknown
  /** For people. */
  readonly text: string
  /** What makes the command fail although it was answered. */
  readonly failure?: string
}

export interface OperatorCommandSpec {
  readonly group: 'clients' | 'users' | 'keys' | 'services' | 'parked' | 'projections'
  readonly name: string
  /** `<user>`, `[text]`; absent: none. */
  readonly argument?: string
  readonly description: string
  readonly options?: readonly (readonly [flags: string, description: string])[]
  /** What cannot be taken back is done only with `--yes`; the sentence says what it is. */
  readonly irreversible?: string
  /** For the audit. */
  readonly about?: (argument: string, flags: CommandFlags) => OperatorCommand['about']
  readonly run: (asking: Asking, argument: string, flags: CommandFlags) => Promise<Shown>
}

/** @throws CannotStart refused, or not confirmed; Unavailable */
export async function runCommand(
  spec: OperatorCommandSpec,
  argument: string,
  flags: CommandFlags,
  host: Host,
): Promise<void> {
  if (spec.irreversible !== undefined && flags.yes !== true) {
    throw new CannotStart(`${spec.irreversible}: confirm with --yes`)
  }
  const command = { name: `${spec.group} ${spec.name}`, about: spec.about?.(argument, flags) ?? {} }
  const { value, text, failure } = await operate(host, flags, command, (asking) => spec.run(asking, argument, flags))
  host.stdout.write(flags.json === true ? `${JSON.stringify(value)}\n` : text)
  if (failure !== undefined) throw new CannotStart(failure)
}

/** All pages of a list that is asked for a page at a time. */
export async function allPages<Cursor, Page extends { readonly next?: Cursor | undefined }, Item>(
  ask: (cursor: Cursor | undefined) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: Cursor | undefined
  do {
    const page = await ask(cursor)
    items.push(...itemsOf(page))
    cursor = page.next
  } while (cursor !== undefined)
  return items
}
