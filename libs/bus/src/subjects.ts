/** Which texts may stand in a subject, a filter, a name or an id: both adapters refuse the same ones. */

const TOKEN = '[A-Za-z0-9_=-]+'
const SUBJECT = new RegExp(`^${TOKEN}(?:\\.${TOKEN})*$`)
const FILTER = new RegExp(`^(?:(?:${TOKEN}|\\*)\\.)*(?:${TOKEN}|[*>])$`)
const NAME = new RegExp(`^${TOKEN}$`)
const ID = /^[\x21-\x7E]{1,256}$/
const SUBJECT_LENGTH_MAX = 512

/**
 * The NATS client passes a line break in a subject on as a protocol command, and a space truncates it silently, so a subject
 * that was not built from constants and `keyOf` is a programming error.
 * @throws TypeError
 */
export function assertSubject(subject: string): void {
  if (subject.length > SUBJECT_LENGTH_MAX || !SUBJECT.test(subject)) throw malformed('subject', subject)
}

/** A subject in which `*` stands for one token, and `>` at the end for one or more. @throws TypeError */
export function assertFilter(filter: string): void {
  if (filter.length > SUBJECT_LENGTH_MAX || !FILTER.test(filter)) throw malformed('filter', filter)
}

/** The name of a stream, a durable or a queue. @throws TypeError */
export function assertName(name: string): void {
  if (!NAME.test(name)) throw malformed('name', name)
}

/** Message and request ids travel in headers. @throws TypeError */
export function assertId(id: string): void {
  if (!ID.test(id)) throw malformed('id', id)
}

function malformed(what: string, text: string): TypeError {
  return new TypeError(`malformed ${what} ${JSON.stringify(text.slice(0, 80))}`)
}

/** Whether a subject is selected by `filter`. */
export function subjectMatcher(filter: string): (subject: string) => boolean {
  if (filter.indexOf('*') < filter.length - 1 && filter.includes('*')) return patternMatcher(filter)
  const prefix = filter.slice(0, -1)
  if (filter.endsWith('>')) return (subject) => subject.startsWith(prefix) && subject.length > prefix.length
  if (filter.endsWith('*')) {
    return (subject) =>
      subject.startsWith(prefix) && subject.length > prefix.length && !subject.includes('.', prefix.length)
  }
  return (subject) => subject === filter
}

/** With wildcards before the end. */
function patternMatcher(filter: string): (subject: string) => boolean {
  const pattern = filter.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace(/>$/, '.+')
  const whole = new RegExp(`^${pattern}$`)
  return (subject) => whole.test(subject)
}

/** Who serves `req.<service>.<verb-noun>`: the name that an operator reads in `Unavailable`. */
export function serviceOf(subject: string): string {
  const [area, service] = subject.split('.')
  return area === 'req' && service !== undefined ? service : subject
}
