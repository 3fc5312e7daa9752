/**
 * What operators may ask any service about its own machinery: the facts that its reactions could not read, and the views that
 * it holds in memory. One replica answers, for itself: what is parked is the same for all, a view is that replica's.
 */
import type { Operation } from '@gateway/kernel'
import { z } from 'zod'
import type { ServiceName } from './streams.ts'

/** Whoever folds a stream afresh needs as long as a start. */
const FOLD_MS = 30_000

const parkedPlace = { durable: z.string(), sequence: z.number().int().positive() }
export const manageParkedInput = z.discriminatedUnion('action', [
  z.object({ action: z.literal('list') }),
  /** Refused: `not_parked`, `message_gone` (aged out of its stream), `still_unreadable`. */
  z.object({ action: z.literal('retry'), ...parkedPlace }),
  /** Refused: `not_parked`. */
  z.object({ action: z.literal('drop'), ...parkedPlace }),
])
export type ManageParkedInput = z.infer<typeof manageParkedInput>

/** What is (still) parked, oldest first. */
export const parkedSchema = z.object({
  parked: z.array(
    z.object({
      durable: z.string(),
      stream: z.string(),
      subject: z.string(),
      sequence: z.number(),
      reason: z.string(),
      at: z.number(),
    }),
  ),
})
export type Parked = z.infer<typeof parkedSchema>

export const manageProjectionsInput = z.discriminatedUnion('action', [
  z.object({ action: z.literal('list') }),
  /** Folds the stream afresh and compares. Refused: `unknown_projection`. */
  z.object({ action: z.literal('verify'), name: z.string() }),
  /** Empties the view and folds the stream into it again; it answers from what is folded meanwhile. Refused: `unknown_projection`. */
  z.object({ action: z.literal('rebuild'), name: z.string() }),
])
export type ManageProjectionsInput = z.infer<typeof manageProjectionsInput>

export const projectionsSchema = z.object({
  projections: z.array(
    z.object({
      name: z.string(),
      stream: z.string(),
      /** The sequence up to which the stream has been folded. */
      position: z.number(),
      /** Messages known to be waiting; absent while the stream has never been seen. */
      lag: z.number().optional(),
      /** SHA-256 of what the view holds, in base64url. */
      digest: z.string(),
      /** The digest of the stream folded afresh at the same position, after `verify`. */
      expected: z.string().optional(),
    }),
  ),
})
export type Projections = z.infer<typeof projectionsSchema>

function manageParkedOf(service: ServiceName): Operation<ManageParkedInput, Parked> {
  const subject = `req.${service}.manage-parked`
  return { subject, service, timeoutMs: FOLD_MS, input: manageParkedInput, output: parkedSchema }
}

function manageProjectionsOf(service: ServiceName): Operation<ManageProjectionsInput, Projections> {
  const subject = `req.${service}.manage-projections`
  return { subject, service, timeoutMs: FOLD_MS, input: manageProjectionsInput, output: projectionsSchema }
}

/** Of every service that has reactions. */
export const manageParked = {
  'auth-server': manageParkedOf('auth-server'),
  registry: manageParkedOf('registry'),
  'token-issuer': manageParkedOf('token-issuer'),
  'provider-bridge': manageParkedOf('provider-bridge'),
} as const

/** Of every service that has views. */
export const manageProjections = {
  'auth-server': manageProjectionsOf('auth-server'),
  registry: manageProjectionsOf('registry'),
  'token-issuer': manageProjectionsOf('token-issuer'),
  proxy: manageProjectionsOf('proxy'),
} as const
