/** Forms, as the endpoints for programs take them (RFC 6749 §3.2 and appendix B). */
import { Refusal } from '@gateway/kernel'
import type { FastifyRequest } from '@gateway/service'
import { type Parameters, readParameters } from './domain/parameters.ts'

export function isForm(request: FastifyRequest): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '')
}

/** @throws Refusal `form_required`, `resource_repeated`, `parameter_repeated` */
export function readForm(request: FastifyRequest): Parameters {
  if (!isForm(request)) throw new Refusal('form_required')
  const parameters = readParameters(request.body)
  if (parameters.repeated.has('resource')) throw new Refusal('resource_repeated')
  if (parameters.repeated.size > 0) throw new Refusal('parameter_repeated')
  return parameters
}
