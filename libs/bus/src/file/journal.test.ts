import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { busContract, journalContract } from '../contract/index.ts'
import type { AnyBus, BusOptions } from '../contract/under-test.ts'
import { journalledBus } from '../memory/bus.ts'
import type { Journal } from '../ports.ts'
import { type FileJournalOptions, fileJournal } from './journal.ts'
import type { TornTail } from './lines.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})
async function newPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-journal-'))
  folders.push(folder)
  return join(folder, 'data', 'journal.ndjson')
}

/** There is one process, so both connections of a case are the same bus. */
const buses = new WeakMap<BusOptions, AnyBus>()
busContract('the bus with a journal in a file', {
  open: async (options) => {
    const bus =
      buses.get(options) ?? (await journalledBus({ ...options, journal: await fileJournal({ path: await newPath() }) }))
    buses.set(options, bus)
    return bus
  },
  ackWaitMs: 100,
})

journalContract('a file', async () => {
  const path = await newPath()
  return { open: () => fileJournal({ path }) }
})

describe('a journal in a file', () => {
  const put = (journal: Journal, ...keys: string[]) =>
    journal.write({ puts: keys.map((key) => [key, `{"of":"${key}"}`] as const), removes: [], everything: () => [] })

  async function keysOf(options: FileJournalOptions): Promise<string[]> {
    const journal = await fileJournal(options)
    try {
      const keys: string[] = []
      for await (const [key] of journal.load()) keys.push(key)
      return keys
    } finally {
      await journal.close()
    }
  }

  it('is private to its user, and has whole lines that other tools can read', async () => {
    const path = await newPath()
    const journal = await fileJournal({ path })
    await put(journal, 'a', 'b')
    await journal.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ put: { a: { of: 'a' }, b: { of: 'b' } }, remove: [] })
  })

  it.each([1, 5, 20])('cuts off a last record that a crash tore after %i bytes, and reports it', async (bytes) => {
    const path = await newPath()
    const journal = await fileJournal({ path })
    await put(journal, 'a')
    await journal.close()
    const whole = (await stat(path)).size
    await appendFile(path, '{"put":{"b":{"of":"b"}},"remove":[]}\n'.slice(0, bytes))
    const torn: TornTail[] = []
    expect(await keysOf({ path, onTorn: (tail) => torn.push(tail) })).toEqual(['a'])
    expect(torn).toEqual([{ path, at: whole, bytes }])
    expect((await stat(path)).size).toBe(whole)
    expect(await keysOf({ path, onTorn: (tail) => torn.push(tail) })).toEqual(['a'])
    expect(torn).toHaveLength(1)
  })

  it('writes over a torn record, not behind it', async () => {
    const path = await newPath()
    const journal = await fileJournal({ path })
    await put(journal, 'a')
    await put(journal, 'b')
    await journal.close()
    await truncate(path, (await stat(path)).size - 3)
    const again = await fileJournal({ path })
    for await (const _ of again.load()) void _
    await put(again, 'c')
    await again.close()
    expect(await keysOf({ path })).toEqual(['a', 'c'])
  })

  it('refuses to go on without a record that was acknowledged, and names the place', async () => {
    const path = await newPath()
    const journal = await fileJournal({ path })
    await put(journal, 'a')
    const damageAt = (await stat(path)).size
    await put(journal, 'b')
    await put(journal, 'c')
    await journal.close()
    const bytes = await readFile(path)
    bytes.fill(0, damageAt + 4, damageAt + 8)
    await writeFile(path, bytes)
    await expect(keysOf({ path })).rejects.toMatchObject({
      name: 'Misconfigured',
      message: `${path}: the line at byte ${damageAt} is damaged, and others follow it`,
    })
  })

  it('is written anew when most of it no longer counts', async () => {
    const path = await newPath()
    const journal = await fileJournal({ path, compactFromBytes: 2_000 })
    const bus = await journalledBus({ journal })
    await bus.ensureStream({
      name: 'EVT_THINGS',
      subjects: ['evt.test.thing.*'],
      discard: 'new',
      appendOnly: false,
      replicas: 1,
      maxMessagesPerSubject: 1,
    })
    for (let n = 0; n < 200; n++) await bus.append('evt.test.thing.a', `r${n}.0`, { n }, n)
    await bus.close()
    expect((await stat(path)).size).toBeLessThan(3_000)
    expect(await keysOf({ path })).toEqual(expect.arrayContaining(['message/EVT_THINGS/200', 'stream/EVT_THINGS']))
  })

  it('says where it cannot be', async () => {
    const path = await newPath()
    await fileJournal({ path }).then((journal) => journal.close())
    await expect(fileJournal({ path: join(path, 'inside-a-file') })).rejects.toMatchObject({
      name: 'Misconfigured',
      message: expect.stringContaining('cannot be used as a journal: '),
    })
  })
})
