/** A person at `/account`: signed in by way of the page itself, with its forms at hand. */
import type { Service } from '@gateway/contracts'
import { readHtml, testDeps } from '@gateway/testing'
import { onTestFinished } from 'vitest'
import { hopOf } from './journey.ts'
import { type Answer, setStage } from './stage.ts'

export const OWN = { 'sec-fetch-site': 'same-origin' }

export async function stage(services?: readonly Service[]) {
  const deps = await testDeps()
  const made = await setStage(deps, services ? { services } : {})
  onTestFinished(() => made.close())
  return { deps, made }
}

export async function atHome(services?: readonly Service[]) {
  const { deps, made } = await stage(services)
  const jar = new Map<string, string>()
  const hop = await made.send('/account/sign-in', { method: 'POST', jar, form: {}, headers: OWN })
  const { pathname, search } = hopOf(hop)
  const back = await made.send(`${pathname}${search}`, { jar })
  const open = () => made.send('/account', { jar })
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = OWN) =>
    made.send(path, { jar, form, headers })
  return { deps, made, jar, back, open, post }
}

export const tokenIn = (page: Answer) => /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
export const headings = (page: Answer) => readHtml(page.text).text
