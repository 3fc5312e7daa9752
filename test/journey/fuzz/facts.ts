/** Whether what is recorded is whole: each thing in all its parts or not at all, whatever was asked. */
import { type Bus, type Commit, isCommit, type StoredMessage } from '@gateway/bus'
import { streams } from '@gateway/contracts'

interface Recorded {
  readonly subject: string
  readonly commit: Commit
}

/** What is wrong, one line each. */
export async function brokenFacts(bus: Bus): Promise<readonly string[]> {
  const problems: string[] = []
  const all: Recorded[] = []
  for (const { name, subjects } of Object.values(streams)) {
    for (const { subject, data } of await messagesOf(bus, name, subjects)) {
      if (name === streams.parked.name) problems.push(`parked: ${subject}`)
      if (!name.startsWith('EVT_') || name === streams.revocations.name) continue
      if (isCommit(data)) all.push({ subject, commit: data })
      else problems.push(`no commit: ${subject}`)
    }
  }
  const bySubject = Map.groupBy(all, ({ subject }) => subject)
  for (const [subject, commits] of bySubject) problems.push(...brokenHistory(subject, commits))
  return [...problems, ...brokenRedemptions(bySubject)]
}

/** Versions without a gap, each with what it decided and the state it led to. */
function brokenHistory(subject: string, commits: readonly Recorded[]): readonly string[] {
  return commits.flatMap(({ commit }, index) => {
    const previous = commits[index - 1]?.commit.version ?? commit.version - 1
    return [
      ...(commit.version === previous + 1 ? [] : [`${subject}: version ${commit.version} follows ${previous}`]),
      ...(commit.events.length > 0 ? [] : [`${subject}: version ${commit.version} decides nothing`]),
      ...(isObject(commit.state) ? [] : [`${subject}: version ${commit.version} has no state`]),
    ]
  })
}

/** A redeemed code has its family, and every family its code, of the same user, client and resource. */
function brokenRedemptions(bySubject: ReadonlyMap<string, readonly Recorded[]>): readonly string[] {
  const families = new Map<string, Record<string, unknown>>()
  const redeemed = new Map<string, Record<string, unknown>>()
  const told = new Set<string>()
  for (const [subject, commits] of bySubject) {
    const state = stateOf(commits)
    if (subject.startsWith('evt.token-issuer.token-family.')) families.set(String(state['family']), state)
    if (!subject.startsWith('evt.auth-server.authorization.')) continue
    for (const event of commits.flatMap(({ commit }) => commit.events as readonly Record<string, unknown>[])) {
      if (event['type'] !== 'CodeRedeemed' && event['type'] !== 'CodeReplayed') continue
      redeemed.set(String(event['family']), state['grant'] as Record<string, unknown>)
      if (event['type'] === 'CodeReplayed') told.add(String(event['family']))
    }
  }
  const without = [...redeemed.keys()]
    .filter((family) => !families.has(family))
    .map((id) => `code without family ${id}`)
  const differing = [...families].flatMap(([id, family]) => {
    const grant = redeemed.get(id)
    if (!grant) return [`family without code ${id}`]
    const alike = ['sub', 'client_id', 'resource'].every((key) => family[key] === grant[key])
    const ended = !told.has(id) || family['status'] === 'revoked'
    return [...(alike ? [] : [`family ${id} is not its code's`]), ...(ended ? [] : [`replayed, and alive: ${id}`])]
  })
  return [...without, ...differing]
}

function stateOf(commits: readonly Recorded[]): Record<string, unknown> {
  const state = commits.at(-1)?.commit.state
  return isObject(state) ? state : {}
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

async function messagesOf(bus: Bus, stream: string, subjects: readonly string[]): Promise<readonly StoredMessage[]> {
  const messages: StoredMessage[] = []
  for (const subject of subjects) {
    const projection = await bus.project(
      { stream, subject },
      { reset: () => messages.splice(0), apply: (message) => void messages.push(message) },
    )
    await projection.caughtUp
    await projection.stop()
  }
  return messages
}
