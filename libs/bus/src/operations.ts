/** Operations of `libs/contracts`, asked and answered with their shapes checked on both sides. */
import { type Clock, type Operation, Refusal, Unavailable } from '@gateway/kernel'
import type { RequestContext, Requester, Responder, Subscription } from './ports.ts'

/**
 * Asks the owner of `operation`.
 * @throws Refusal what the owner refused
 * @throws Unavailable the owner does not answer in time, or answers in a shape that we do not know
 */
export async function call<Input, Output>(
  requester: Requester,
  operation: Operation<Input, Output>,
  input: Input,
  context: { readonly requestId: string; readonly now: number },
): Promise<Output> {
  const deadline = context.now + operation.timeoutMs
  const { askAgainAfterMs } = operation
  const asking = { requestId: context.requestId, deadline, askAgainAfterMs }
  const answer = await requester.request(operation.subject, input, asking)
  try {
    return operation.output.parse(answer)
  } catch (cause) {
    throw new Unavailable(operation.service, { cause })
  }
}

export type OperationHandler<Input, Output> = (input: Input, context: RequestContext) => Promise<Output>

/** Answers `operation` as one of its service's replicas; a request of another shape is refused as `malformed_request`. */
export function serve<Input, Output>(
  responder: Responder,
  operation: Operation<Input, Output>,
  clock: Clock,
  handler: OperationHandler<Input, Output>,
): Promise<Subscription> {
  return responder.serve(operation.subject, operation.service, async (data, context) => {
    if (clock() > context.deadline) throw new Unavailable(operation.service)
    let input: Input
    try {
      input = operation.input.parse(data)
    } catch {
      throw new Refusal('malformed_request', { subject: operation.subject })
    }
    return handler(input, { ...context, askedAt: Math.min(clock(), context.deadline - operation.timeoutMs) })
  })
}
