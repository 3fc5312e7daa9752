/** What `KeyValue` promises, in cases: every adapter and every decorator runs this suite. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { KeyValue, WriteOptions } from '../ports.ts'

/** Empty, and nobody else's. */
export interface Subject {
  readonly store: KeyValue
  /** Lets this much time pass, for the store: a clock is moved, or the test really waits. */
  wait(ms: number): Promise<void>
}

export interface ContractOptions {
  /** Lifetimes are checked this closely, in milliseconds: 1 where time is the test's own. */
  readonly accuracyMs: number
}

const RACERS = 100

export function keyValueContract(name: string, open: () => Promise<Subject>, { accuracyMs }: ContractOptions): void {
  describe(`${name} as a key-value store`, () => {
    let store: KeyValue
    let subject: Subject
    const wait = (ms: number) => subject.wait(ms)
    const brief = 3 * accuracyMs
    const briefly: WriteOptions = { ttlMs: brief }
    const expire = () => wait(brief + accuracyMs)

    beforeEach(async () => {
      subject = await open()
      store = subject.store
    })

    const read = async (key: string) => textOf((await store.get(key))?.value)

    describe('reading and writing', () => {
      it('finds nothing under a key that was never written', async () => {
        expect(await store.get('k')).toBeUndefined()
        expect(await store.take('k')).toBeUndefined()
        expect(await listed(store, '')).toEqual([])
      })

      it('returns what was put last', async () => {
        await store.put('k', bytes('one'))
        await store.put('k', bytes('two'))
        expect(await read('k')).toBe('two')
      })

      it('keeps every byte, an empty value, and a mebibyte', async () => {
        const binary = Uint8Array.from({ length: 256 }, (_, index) => index)
        const large = new Uint8Array(1024 * 1024).fill(0xa5)
        await store.put('binary', binary)
        await store.put('empty', new Uint8Array())
        await store.put('large', large)
        expect((await store.get('binary'))?.value).toEqual(binary)
        expect((await store.get('empty'))?.value).toEqual(new Uint8Array())
        expect(Buffer.compare((await store.get('large'))?.value ?? new Uint8Array(), large)).toBe(0)
        expect(Buffer.compare((await store.take('large')) ?? new Uint8Array(), large)).toBe(0)
      })

      it('shares no buffer with its callers', async () => {
        const value = bytes('mine')
        await store.put('k', value)
        value.fill(0)
        ;(await store.get('k'))?.value.fill(0)
        expect(await read('k')).toBe('mine')
      })

      it('gives another version to every write, of the same bytes as well', async () => {
        const versions = new Set<string | undefined>()
        for (let write = 0; write < 3; write++) {
          await store.put('k', bytes('same'))
          versions.add((await store.get('k'))?.version)
        }
        expect(versions.size).toBe(3)
        expect((await store.get('k'))?.version).toBe((await store.get('k'))?.version)
      })

      it('deletes, and does not mind deleting again', async () => {
        await store.put('k', bytes('v'))
        await store.delete('k')
        await store.delete('k')
        expect(await store.get('k')).toBeUndefined()
      })

      it('takes a value once', async () => {
        await store.put('k', bytes('v'))
        expect(textOf(await store.take('k'))).toBe('v')
        expect(await store.take('k')).toBeUndefined()
        expect(await store.get('k')).toBeUndefined()
      })

      it('answers a ping', async () => {
        await expect(store.ping()).resolves.toBeUndefined()
      })

      it.each(['', 'with space', 'line\nbreak', 'umläut', 'x'.repeat(201)])('refuses %j as a key', async (key) => {
        await expect(store.get(key)).rejects.toThrow(TypeError)
        await expect(store.put(key, bytes('v'))).rejects.toThrow(TypeError)
        await expect(store.delete(key)).rejects.toThrow(TypeError)
      })
    })

    describe('lifetimes', () => {
      it('are kept to', async () => {
        const start = performance.now()
        await store.put('k', bytes('v'), briefly)
        await wait(brief - accuracyMs)
        const value = await read('k')
        // Where time is real, a busy machine may come too late to see it.
        const late = performance.now() - start >= brief
        expect(late ? 'v' : value).toBe('v')
        await wait(2 * accuracyMs)
        expect(await store.get('k')).toBeUndefined()
      })

      it('end everything: what has expired is neither taken, nor compared, nor listed', async () => {
        await store.put('k', bytes('v'), briefly)
        const version = (await store.get('k'))?.version ?? ''
        await expire()
        expect(await listed(store, '')).toEqual([])
        expect(await store.compareAndSet('k', version, bytes('w'))).toBe(false)
        expect(await store.take('k')).toBeUndefined()
      })

      it('are replaced by a put: shorter, or none', async () => {
        await store.put('kept', bytes('v'), briefly)
        await store.put('kept', bytes('v'))
        await store.put('gone', bytes('v'))
        await store.put('gone', bytes('v'), briefly)
        await expire()
        expect([await read('kept'), await read('gone')]).toEqual(['v', undefined])
      })

      it('are replaced by a compare-and-set: shorter, or none', async () => {
        await store.put('kept', bytes('v'), briefly)
        await store.put('gone', bytes('v'))
        const version = async (key: string) => (await store.get(key))?.version ?? ''
        expect(await store.compareAndSet('kept', await version('kept'), bytes('w'))).toBe(true)
        expect(await store.compareAndSet('gone', await version('gone'), bytes('w'), briefly)).toBe(true)
        await expire()
        expect([await read('kept'), await read('gone')]).toEqual(['w', undefined])
      })

      it('are not touched by a put-if-absent that comes too late', async () => {
        await store.put('k', bytes('v'), briefly)
        expect(await store.putIfAbsent('k', bytes('w'))).toBe(false)
        await expire()
        expect(await store.putIfAbsent('k', bytes('w'), briefly)).toBe(true)
        await expire()
        expect(await store.get('k')).toBeUndefined()
      })

      it('may be kept by a compare-and-set: what lived on lives on, what was to end ends', async () => {
        await store.put('k', bytes('v'), briefly)
        await store.put('kept', bytes('v'))
        for (const key of ['k', 'kept']) {
          const { version = '' } = (await store.get(key)) ?? {}
          expect(await store.compareAndSet(key, version, bytes('w'), { keepTtl: true })).toBe(true)
          expect(await read(key)).toBe('w')
        }
        await expire()
        expect(await store.get('k')).toBeUndefined()
        expect(await read('kept')).toBe('w')
      })

      it.each([0, -1_000, 0.4])('of %d ms are over at once, and no error', async (ttlMs) => {
        await store.put('k', bytes('v'), { ttlMs })
        expect(await store.putIfAbsent('other', bytes('v'), { ttlMs })).toBe(true)
        await wait(1 + accuracyMs)
        expect(await listed(store, '')).toEqual([])
      })
    })

    describe('races', () => {
      it('for an absent key have one winner, whose value stays', async () => {
        const put = (racer: number) => store.putIfAbsent('k', bytes(String(racer)))
        const won = await Promise.all(racers(put))
        expect(won.filter(Boolean)).toHaveLength(1)
        expect(await read('k')).toBe(String(won.indexOf(true)))
      })

      it('from one version have one winner, whose value stays', async () => {
        await store.put('k', bytes('first'))
        const { version = '' } = (await store.get('k')) ?? {}
        const won = await Promise.all(racers((racer) => store.compareAndSet('k', version, bytes(String(racer)))))
        expect(won.filter(Boolean)).toHaveLength(1)
        expect(await read('k')).toBe(String(won.indexOf(true)))
      })

      it('to take a value have one winner', async () => {
        await store.put('k', bytes('v'))
        const taken = await Promise.all(racers(() => store.take('k')))
        expect(taken.filter((value) => value !== undefined).map(textOf)).toEqual(['v'])
      })

      it('lose no increment that is tried again until it wins', async () => {
        await store.put('k', bytes('0'))
        const increment = async () => {
          for (;;) {
            const { version = '', value = bytes('') } = (await store.get('k')) ?? {}
            if (await store.compareAndSet('k', version, bytes(String(Number(textOf(value)) + 1)))) return
          }
        }
        await Promise.all(Array.from({ length: 20 }, increment))
        expect(await read('k')).toBe('20')
      })
    })

    describe('compare-and-set', () => {
      it('changes nothing for a version that is not the newest', async () => {
        await store.put('k', bytes('one'))
        const { version = '' } = (await store.get('k')) ?? {}
        await store.put('k', bytes('two'))
        expect(await store.compareAndSet('k', version, bytes('three'))).toBe(false)
        expect(await read('k')).toBe('two')
      })

      it('does not bring back what is gone, nor takes a successor for it', async () => {
        await store.put('k', bytes('v'))
        const { version = '' } = (await store.get('k')) ?? {}
        await store.delete('k')
        expect(await store.compareAndSet('k', version, bytes('w'))).toBe(false)
        await store.put('k', bytes('v'))
        expect(await store.compareAndSet('k', version, bytes('w'))).toBe(false)
        expect(await read('k')).toBe('v')
      })

      it.each(['', 'no-version'])('is false for the version %j, whether the key is there or not', async (version) => {
        await store.put('there', bytes('v'))
        expect(await store.compareAndSet('there', version, bytes('w'))).toBe(false)
        expect(await store.compareAndSet('absent', version, bytes('w'))).toBe(false)
        expect(await store.get('absent')).toBeUndefined()
      })
    })

    describe('listing', () => {
      it('shows what begins with the prefix and nothing else', async () => {
        for (const key of ['a:1', 'a:2', 'ab:1', 'b:a:1', 'a']) await store.put(key, bytes('v'))
        expect((await listed(store, 'a:')).toSorted()).toEqual(['a:1', 'a:2'])
        expect((await listed(store, '')).toSorted()).toEqual(['a', 'a:1', 'a:2', 'ab:1', 'b:a:1'])
        expect(await listed(store, 'c')).toEqual([])
      })

      it('takes no character of a prefix for a pattern', async () => {
        const odd = ['*', '?', '[a]', '[^a]', String.raw`\x`, 'a', 'x']
        for (const key of odd) await store.put(key, bytes('v'))
        for (const key of odd) expect(await listed(store, key)).toEqual([key])
      })

      it('goes page by page through everything', async () => {
        const keys = Array.from({ length: 250 }, (_, index) => `page:${index}`)
        await Promise.all(keys.map((key) => store.put(key, bytes('v'))))
        await store.put('other', bytes('v'))
        const first = await store.list('page:', { limit: 20 })
        expect(first.next).toBeDefined()
        expect(new Set(await listed(store, 'page:', 20))).toEqual(new Set(keys))
      })

      it('misses nothing that stays, whatever is deleted between the pages', async () => {
        const keys = Array.from({ length: 100 }, (_, index) => `k${index}`)
        await Promise.all(keys.map((key) => store.put(key, bytes('v'))))
        const seen = new Set<string>()
        for await (const page of pages(store, 'k', 10)) {
          for (const key of page) seen.add(key)
          await Promise.all(page.map((key) => store.delete(key)))
        }
        expect(seen).toEqual(new Set(keys))
        expect(await listed(store, '')).toEqual([])
      })
    })
  })
}

function racers<Outcome>(run: (racer: number) => Promise<Outcome>): Promise<Outcome>[] {
  return Array.from({ length: RACERS }, (_, racer) => run(racer))
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function textOf(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}

async function* pages(store: KeyValue, prefix: string, limit?: number): AsyncGenerator<readonly string[]> {
  let cursor: string | undefined
  do {
    const page = await store.list(prefix, { cursor, limit })
    yield page.keys
    cursor = page.next
  } while (cursor !== undefined)
}

/** What all pages show. */
export async function listed(store: KeyValue, prefix: string, limit?: number): Promise<string[]> {
  const found: string[] = []
  for await (const page of pages(store, prefix, limit)) found.push(...page)
  return found
}
