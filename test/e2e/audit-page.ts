/** What infra/audit.md tells strangers to paste, taken from the page. */
import { readFile } from 'node:fs/promises'
import { ROOT } from './stack/processes.ts'

const PAGE = `${ROOT}infra/audit.md`

/** The block of code that follows `<!-- test: name -->`. */
export async function programOf(name: string): Promise<string> {
  const [, , code] = new RegExp(`<!-- test: ${name} -->\\s*\`\`\`(\\w+)\\n(.*?)\`\`\``, 's').exec(
    await readFile(PAGE, 'utf8'),
  ) ?? [undefined, undefined, undefined]
  if (code === undefined) throw new Error(`${PAGE} has no program ${name}`)
  return code
}
