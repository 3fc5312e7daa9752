/** What the README says is what the product prints. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT, sourceFiles } from './tree.ts'

const readme = readFileSync(`${ROOT}README.md`, 'utf8')

describe('the README', () => {
  it('heads each piece of its troubleshooting with a message that stands in the code; … is for what varies', () => {
    const section = readme.slice(readme.indexOf('## Troubleshooting'), readme.indexOf('## From the Python gateway'))
    const messages = [...section.matchAll(/^\*\*(?:\d{3} )?`([^`]+)`\*\*/gm)].map((match) => match[1] ?? '')
    const code = sourceFiles('libs', 'services').flatMap(({ path, text }) => (path.endsWith('.test.ts') ? [] : [text]))
    const printed = (message: string) => code.some((text) => message.split('…').every((part) => text.includes(part)))
    expect(messages.length).toBeGreaterThan(5)
    expect(messages.filter((message) => !printed(message))).toEqual([])
  })

  it('names no command of npm that is not there', () => {
    const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: object }
    const named = [...readme.matchAll(/\bnpm run ([\w:]+)/g)].map((match) => match[1] ?? '')
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([])
  })

  it('leads to files that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '')
    expect(links.length).toBeGreaterThan(5)
    expect(links.filter((link) => !existsSync(`${ROOT}${link}`))).toEqual([])
  })
})
