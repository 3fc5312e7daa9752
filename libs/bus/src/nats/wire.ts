/**
 * How requests, answers and errors look on the wire: JSON bodies, the rest in headers. Errors use the headers of NATS'
 * services framework (ADR-32), so that its tools count them.
 */
import { type Clock, newId, Refusal, Unavailable } from '@gateway/kernel'
import { headers, type Msg, type MsgHdrs } from 'nats'
import { decode, encode } from '../json.ts'
import type { AskContext, RequestContext } from '../ports.ts'
import { serviceOf } from '../subjects.ts'

export const MESSAGE_ID = 'Nats-Msg-Id'
export const EXPECTED_SEQUENCE = 'Nats-Expected-Last-Subject-Sequence'
const REQUEST_ID = 'Gateway-Request-Id'
const DEADLINE = 'Gateway-Deadline'
const BEGIN_BY = 'Gateway-Begin-By'
const ASK_AGAIN_AFTER = 'Gateway-Ask-Again-After'
const WORKING = 'Gateway-Working'
const ERROR = 'Nats-Service-Error'
const ERROR_CODE = 'Nats-Service-Error-Code'

const REFUSED = 422
const UNAVAILABLE = 503
const FAILED = 500

/** Of a request that somebody sent by hand, without headers. */
const DEADLINE_MS_DEFAULT = 5_000

/** `now`: what is asked again has another time by which to begin. */
export function requestHeaders(context: AskContext, now: number): MsgHdrs {
  const own = headers()
  own.set(REQUEST_ID, context.requestId)
  own.set(DEADLINE, String(context.deadline))
  if (context.askAgainAfterMs !== undefined) {
    own.set(ASK_AGAIN_AFTER, String(context.askAgainAfterMs))
    own.set(BEGIN_BY, String(now + context.askAgainAfterMs))
  }
  return own
}

export interface Patience {
  /** Later its caller asks, or has asked, somebody else. Milliseconds since the epoch. */
  readonly beginBy: number
  /** How often it is told that its request is being worked on; undefined: it waits to the deadline whatever it hears. */
  readonly signEveryMs: number | undefined
}

export function patienceOf(message: Msg, deadline: number): Patience {
  const beginBy = Number(message.headers?.get(BEGIN_BY) || Number.NaN)
  const askAgainAfterMs = Number(message.headers?.get(ASK_AGAIN_AFTER) || Number.NaN)
  return {
    beginBy: Number.isFinite(beginBy) ? Math.min(beginBy, deadline) : deadline,
    signEveryMs: Number.isFinite(askAgainAfterMs) ? askAgainAfterMs / 3 : undefined,
  }
}

/** Says that a request is being worked on. */
export function workingSign(): Answer {
  const own = headers()
  own.set(WORKING, '1')
  return { body: '', headers: own }
}

export function isWorkingSign(message: Msg): boolean {
  return message.headers?.has(WORKING) === true
}

export function contextOf(message: Msg, clock: Clock): RequestContext {
  const deadline = Number(message.headers?.get(DEADLINE) || Number.NaN)
  return {
    requestId: message.headers?.get(REQUEST_ID) || newId(),
    deadline: Number.isFinite(deadline) ? deadline : clock() + DEADLINE_MS_DEFAULT,
  }
}

export interface Answer {
  readonly body: string
  readonly headers?: MsgHdrs
}

/** A failure's text stays here: a caller learns that it failed, not how. */
export function errorAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return errorWith(REFUSED, error.code, encodeDetail(error.detail))
  if (error instanceof Unavailable) {
    return errorWith(UNAVAILABLE, error.dependency, encode({ retry_after_seconds: error.retryAfterSeconds }))
  }
  return errorWith(FAILED, 'failed', '')
}

function errorWith(code: number, text: string, body: string): Answer {
  const own = headers(code, text)
  own.set(ERROR_CODE, String(code))
  own.set(ERROR, text)
  return { body, headers: own }
}

/** Whatever a handler put into `detail`, its refusal must arrive. */
function encodeDetail(detail: Refusal['detail']): string {
  try {
    return encode(detail)
  } catch {
    return '{}'
  }
}

/** The answer's value. @throws Refusal, Unavailable as the responder threw them */
export function readAnswer(message: Msg, subject: string): unknown {
  const body = decode(message.string())
  const code = message.headers?.get(ERROR_CODE)
  if (!code) {
    if (body === undefined) throw new Unavailable(serviceOf(subject), { cause: new Error('unreadable answer') })
    return body
  }
  const text = message.headers?.get(ERROR) ?? ''
  if (Number(code) === REFUSED) throw new Refusal(text, body as Refusal['detail'])
  if (Number(code) !== UNAVAILABLE) throw new Unavailable(serviceOf(subject))
  const { retry_after_seconds: retryAfterSeconds } = body as { retry_after_seconds?: number }
  throw new Unavailable(text, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
}
