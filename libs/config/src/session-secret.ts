/**
 * Whether a secret of ours can be guessed (advisory: weak or default JWT secret). Everything is derived from it, so on a
 * public issuer a weak one is refused; passwords of other servers are not judged.
 */
const LENGTH_MIN = 32
const DISTINCT_MIN = 10
/** Words of examples and of people; a random text of that length holds one by chance less than once in a billion. */
const TELLTALES = ['secret', 'change', 'password', 'example', 'default', 'production', 'your-', 'your_', '12345678']

/** The command that makes a good one. */
export const MAKE_SECRET = 'openssl rand -base64 48'

/** Why it is weak; undefined when it is not. The reason tells nothing of the value. */
export function weakness(secret: string): string | undefined {
  if (secret.length < LENGTH_MIN) return `it is shorter than ${LENGTH_MIN} characters`
  if (new Set(secret).size < DISTINCT_MIN) return `it has fewer than ${DISTINCT_MIN} different characters`
  const lower = secret.toLowerCase()
  return TELLTALES.some((word) => lower.includes(word)) ? 'it reads like an example, not like a random text' : undefined
}
