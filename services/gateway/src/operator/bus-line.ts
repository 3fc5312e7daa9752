/** Over the bus: of a deployment, with the credential of the operator, or of the process that an operator's socket leads to. */
import { call, type Publisher, type Requester, type StoredMessage, type StreamReader } from '@gateway/bus'
import {
  auditSubject,
  cloudEventSchema,
  type OperatorCommand,
  operatorAsked,
  streams,
  toCloudEvent,
} from '@gateway/contracts'
import { type Clock, newId } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import type { Asking, OnEvent, OperatorLine, TailOptions } from './line.ts'

export type OperatorBus = Requester & Publisher & StreamReader

/** One command's way to ask, recorded first. All that it asks is one request to whoever follows it through the services. */
export async function beginCommand(bus: OperatorBus, clock: Clock, command: OperatorCommand): Promise<Asking> {
  const requestId = newId()
  const event = operatorAsked(command, requestId, clock())
  await bus.publish(auditSubject(event), event.id, toCloudEvent(event, 'gateway'))
  return { ask: (operation, input) => call(bus, operation, input, { requestId, now: clock() }) }
}

export interface Tail {
  /** Resolves when everything that was there has been told. */
  readonly caughtUp: Promise<void>
  stop(): Promise<void>
}

/** Tells events of stream AUDIT. What is no CloudEvent, cut off or somebody else's, is named by its place and passed over. */
export function tailBus(
  reader: StreamReader,
  log: Pick<Logger, 'warn'>,
  { subject, since }: Pick<TailOptions, 'subject' | 'since'>,
  onEvent: OnEvent,
): Promise<Tail> {
  const source = { stream: streams.audit.name, subject, ...(since === undefined ? {} : { since }) }
  return reader.project(source, {
    reset: () => undefined,
    apply: (message: StoredMessage) => {
      const event = cloudEventSchema.safeParse(message.data)
      if (event.success) onEvent(event.data)
      else log.warn(placeOf(message), 'an audit message cannot be read and is passed over')
    },
  })
}

function placeOf({ subject, sequence }: StoredMessage) {
  return { stream: streams.audit.name, subject, sequence }
}

/** `close` is called with the line. */
export function busLine(
  bus: OperatorBus,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  close: () => Promise<void>,
): OperatorLine {
  return {
    operate: async (command, use) => use(await beginCommand(bus, clock, command)),
    async tail(options, onEvent) {
      const tail = await tailBus(bus, log, options, onEvent)
      await tail.caughtUp
      if (options.follow) await new Promise(() => undefined)
      await tail.stop()
    },
    close,
  }
}
