/** `gateway parked …` and `gateway projections …`: what reactions could not read, and the views that services hold. */
import { manageParked, manageProjections, type Projections } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { CannotStart } from '@gateway/service'
import type { Asking } from '../operator/line.ts'
import { table, timeOf } from '../text.ts'
import type { OperatorCommandSpec, Shown } from './command.ts'

type Reacting = keyof typeof manageParked
type Viewing = keyof typeof manageProjections

/** @throws CannotStart */
function oneOf<Name extends string>(names: Readonly<Record<Name, unknown>>, text: string | undefined): Name {
  if (text !== undefined && Object.hasOwn(names, text)) return text as Name
  throw new CannotStart(`"${text}" is none of ${Object.keys(names).join(', ')}`)
}

/** Of every service that answers; who does not is named, and keeps nobody from the rest. */
async function ofAll<Name extends string, Row>(
  names: readonly Name[],
  ask: (service: Name) => Promise<readonly Row[]>,
): Promise<{ readonly rows: readonly (Row & { service: Name })[]; readonly silent: readonly Name[] }> {
  const silent: Name[] = []
  const answers = await Promise.all(
    names.map(async (service) => {
      try {
        return (await ask(service)).map((row) => ({ ...row, service }))
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error
        silent.push(service)
        return []
      }
    }),
  )
  return { rows: answers.flat(), silent }
}

const silence = (silent: readonly string[]) => (silent.length === 0 ? '' : `\nno answer from ${silent.join(', ')}\n`)

/** `token-issuer--revoked-families/42`: the durable's name begins with its service. @throws CannotStart */
function placeOf(text: string): { readonly service: Reacting; readonly durable: string; readonly sequence: number } {
  const [, durable = '', service, sequence] = /^((.+?)--[a-z-]+)\/([1-9]\d*)$/.exec(text) ?? []
  if (sequence === undefined) throw new CannotStart(`"${text}" is no parked fact: gateway parked list names them`)
  return { service: oneOf(manageParked, service), durable, sequence: Number(sequence) }
}

async function listParked({ ask }: Asking): Promise<Shown> {
  const names = Object.keys(manageParked) as Reacting[]
  const { rows, silent } = await ofAll(
    names,
    async (service) => (await ask(manageParked[service], { action: 'list' })).parked,
  )
  const cells = rows.map(({ durable, sequence, stream, subject, reason, at }) => [
    `${durable}/${sequence}`,
    stream,
    subject,
    reason,
    timeOf(at),
  ])
  return {
    value: { parked: rows, silent },
    text: `${table(['PARKED', 'STREAM', 'SUBJECT', 'REASON', 'SINCE'], cells)}${silence(silent)}`,
  }
}

function decideParked(action: 'retry' | 'drop', done: string): OperatorCommandSpec['run'] {
  return async ({ ask }, text) => {
    const { service, ...place } = placeOf(text)
    await ask(manageParked[service], { action, ...place })
    return { value: { ...place, [action]: true }, text: `${text} ${done}\n` }
  }
}

async function listProjections({ ask }: Asking): Promise<Shown> {
  const names = Object.keys(manageProjections) as Viewing[]
  const { rows, silent } = await ofAll(names, async (service) => {
    return (await ask(manageProjections[service], { action: 'list' })).projections
  })
  return { value: { projections: rows, silent }, text: `${viewsOf(rows)}${silence(silent)}` }
}

function viewsOf(rows: readonly (Projections['projections'][number] & { readonly service: string })[]): string {
  const cells = rows.map(({ service, name, stream, position, lag, digest, expected }) => [
    `${service}/${name}`,
    stream,
    position,
    lag ?? 'never seen',
    digest.slice(0, 12),
    expected === undefined ? '' : expected === digest ? 'equal' : 'DIFFERS',
  ])
  return table(['PROJECTION', 'STREAM', 'POSITION', 'BEHIND', 'DIGEST', 'FOLDED AFRESH'], cells)
}

/** `proxy/EVT_SERVICES`, or a service alone for all that it holds. */
async function treat({ ask }: Asking, action: 'verify' | 'rebuild', text: string): Promise<Shown> {
  const [first, name] = text.split('/', 2)
  const service = oneOf(manageProjections, first)
  const operation = manageProjections[service]
  const names =
    name === undefined ? (await ask(operation, { action: 'list' })).projections.map((one) => one.name) : [name]
  const rows = []
  for (const one of names) {
    const { projections } = await ask(operation, { action, name: one })
    rows.push(...projections.filter((projection) => projection.name === one).map((row) => ({ ...row, service })))
  }
  return { value: rows, text: viewsOf(rows) }
}

async function verify(asking: Asking, text: string): Promise<Shown> {
  const shown = await treat(asking, 'verify', text)
  const rows = shown.value as Projections['projections']
  const different = rows.filter(({ digest, expected }) => expected !== undefined && expected !== digest)
  return different.length === 0
    ? shown
    : { ...shown, failure: `${different.length} differ: gateway projections rebuild` }
}

const parked = { group: 'parked', argument: '<fact>' } as const
const projections = { group: 'projections', argument: '<projection>' } as const

export const parkedCommands: readonly OperatorCommandSpec[] = [
  { group: 'parked', name: 'list', description: 'facts that a reaction could not read', run: listParked },
  { ...parked, name: 'retry', description: 'let the reaction try again', run: decideParked('retry', 'has been done') },
  {
    ...parked,
    name: 'drop',
    description: 'give the reaction to this fact up; the fact stays',
    irreversible: 'the reaction will never be done',
    run: decideParked('drop', 'is given up'),
  },
]

export const projectionsCommands: readonly OperatorCommandSpec[] = [
  { group: 'projections', name: 'list', description: 'the views that services hold in memory', run: listProjections },
  {
    ...projections,
    name: 'verify',
    description: 'fold the stream afresh and compare: proxy/EVT_SERVICES, or all of proxy',
    run: verify,
  },
  {
    ...projections,
    name: 'rebuild',
    description: 'empty a view and fold its stream into it again',
    run: (asking, text) => treat(asking, 'rebuild', text),
  },
]
