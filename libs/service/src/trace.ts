/** The trace that a request belongs to, as whoever sent it says: W3C Trace Context §3.2.2. It names and guards nothing. */

/** `trace-id` of a `traceparent`; undefined where there is none, or it is malformed or all zeros. */
export function traceIdOf(traceparent: string | string[] | undefined): string | undefined {
  if (typeof traceparent !== 'string') return undefined
  const [, id] = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent) ?? []
  return id
}
