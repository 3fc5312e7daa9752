/** A backend that can be taken away: for what only passes on to one. */
import { Unavailable } from '@gateway/kernel'
import type { KeyValue } from '../ports.ts'
import type { OutageSubject } from './outage.ts'

export const FAULTY_TIMEOUT_MS = 100

/** `wrap` is the decorator under test. */
export function faulty(backend: KeyValue, wrap: (store: KeyValue) => KeyValue): OutageSubject {
  let isCut = false
  let delayMs = 0
  const behind = new Proxy(backend, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        if (isCut) throw new Unavailable('store')
        await pause(Math.min(delayMs, FAULTY_TIMEOUT_MS))
        if (delayMs > FAULTY_TIMEOUT_MS) throw new Unavailable('store')
        return Reflect.apply(member, target, args) as unknown
      }
    },
  })
  return {
    store: wrap(behind),
    async cut() {
      isCut = true
    },
    async mend() {
      isCut = false
      delayMs = 0
    },
    async slow(ms) {
      delayMs = ms
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
