/** Where in an event stream (HTML §9.2.5) something may be put in: between two events, never within one. */

/** As much of the end as decides. */
export const TAIL_LENGTH = 3

/** An empty line: two ends of lines in a row, each `\n`, `\r` or `\r\n`. */
const EMPTY_LINE = /(?:\n\n|\r\r|\n\r|[\r\n]\r\n)$/

/** `tail`: the last characters written, empty at the stream's begin. */
export function atEventBoundary(tail: string): boolean {
  return tail === '' || EMPTY_LINE.test(tail)
}
