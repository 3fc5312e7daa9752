/**
 * What is said over the operator's socket: one JSON line opens a conversation, JSON lines answer.
 *
 * `{ "command": "audit.tail", "subject": "audit.>", "since": ms | null, "follow": true }` is answered with `{ "event": … }` each.
 * `{ "command": "operate", "name": "users block", "about": { … } }` is answered with `{ "ready": true }` once it is recorded;
 * then each `{ "subject": "req.…", "input": … }` with `{ "output": … }`, `{ "refused": code, "detail": … }`,
 * `{ "unavailable": dependency }` or `{ "error": text }`.
 */
import { z } from 'zod'

export const openingSchema = z.discriminatedUnion('command', [
  z.object({
    command: z.literal('audit.tail'),
    subject: z.string().regex(/^audit(?:\.[A-Za-z0-9*_-]+)*(?:\.>)?$/),
    since: z.number().nullable(),
    follow: z.boolean(),
  }),
  z.object({
    command: z.literal('operate'),
    name: z.string().regex(/^[a-z-]+ [a-z-]+$/),
    about: z.strictObject({
      sub: z.string().optional(),
      client_id: z.string().optional(),
      family: z.string().optional(),
      kid: z.string().optional(),
      ring: z.string().optional(),
      service: z.string().optional(),
    }),
  }),
])
export type Opening = z.infer<typeof openingSchema>

export const questionSchema = z.object({ subject: z.string(), input: z.unknown() })

/** The other side is this same program, or an older or newer one. */
export type Answer =
  | { readonly event: unknown }
  | { readonly ready: true }
  | { readonly output: unknown }
  | { readonly refused: string; readonly detail: Readonly<Record<string, unknown>> }
  | { readonly unavailable: string }
  | { readonly error: string }
