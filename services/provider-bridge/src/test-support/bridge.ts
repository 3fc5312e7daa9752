/** The service under test as its callers see it: questions over the bus, and what it leaves in the streams. */
import { type Bus, type Commit, call, subjectOf } from '@gateway/bus'
import {
  type AuditCloudEvent,
  aggregates,
  type BeginLoginInput,
  beginLogin,
  checkUser,
  finishLogin,
  type LoginFinished,
  type LoginStarted,
  type UserChecked,
} from '@gateway/contracts'
import { type Clock, newId, type Operation, Refusal, Unavailable } from '@gateway/kernel'

export function callers(bus: Bus, clock: Clock) {
  const context = (requestId: string) => ({ requestId, now: clock() })
  return {
    begin: (wishes: BeginLoginInput = {}): Promise<LoginStarted> => call(bus, beginLogin, wishes, context(newId())),
    finish: (login: string, query: string, requestId: string = newId(), service?: string): Promise<LoginFinished> =>
      call(bus, finishLogin, { login, query, service }, context(requestId)),
    check: (sub: string, since: number, service?: string): Promise<UserChecked> =>
      call(bus, checkUser, { sub, since, service, refreshing: true }, context(newId())),
    ask: <Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> =>
      call(bus, operation, input, context(newId())),
  }
}

/** The code of the refusal that `asking` ends with, or `unavailable: <what>`; undefined when it succeeded. */
export async function refusalOf(asking: Promise<unknown>): Promise<string | undefined> {
  try {
    await asking
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.code
    if (error instanceof Unavailable) return `unavailable: ${error.dependency}`
    throw error
  }
}

export async function lastCommit(
  bus: Bus,
  aggregate: 'login' | 'identity' | 'upstreamGrant' | 'accessRules',
  id: string,
): Promise<Commit | undefined> {
  const message = await bus.last(subjectOf(aggregates[aggregate], id))
  return message?.data as Commit | undefined
}

/** Every audit event so far, and those to come. */
export async function auditTrail(bus: Bus): Promise<AuditCloudEvent[]> {
  const events: AuditCloudEvent[] = []
  await bus.project(
    { stream: 'AUDIT', subject: 'audit.>' },
    {
      reset: () => events.splice(0),
      apply: ({ data }) => events.push(data as AuditCloudEvent),
    },
  )
  return events
}
