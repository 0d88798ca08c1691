import type { Test } from 'tap'
import type { Clock } from '#shared/clock.ts'
import type { LogFilter, LogQuery, LogStore } from '../../control-plane/store/log-store.ts'
import type { PageRequest } from '../../control-plane/store/store.ts'
import { createOrigin, noon } from '../support/log-lines.ts'
import { readPages } from './harness.ts'

/** A new, empty store; it is closed and taken away with the test. */
export type OpenLogStore = (t: Test, options: LogStoreOptions) => Promise<{ logStore: LogStore, reopen: () => Promise<LogStore> }>

export interface LogStoreOptions {
  clock: Clock
  maxAgeMs: number
  maxBytes: number
}

const day = 86_400_000
const dev = { gatewayId: 'shop', environment: 'dev' }
const prod = { gatewayId: 'shop', environment: 'prod' }
const everything: LogFilter = { functionName: null, minLevel: 'debug', requestId: null, since: 0, contains: null }
const newestFirst: LogQuery = { ...everything, until: null, order: 'desc' }
const firstPage: PageRequest = { limit: 200, after: null }

/** What every store of logs does, written against the interface alone. */
export function logStoreContract (t: Test, openWith: OpenLogStore): void {
  const open = async (t: Test, options: Partial<LogStoreOptions> = {}) => {
    let now = noon + 1_000
    const opened = await openWith(t, { clock: { now: () => now }, maxAgeMs: 7 * day, maxBytes: 1e9, ...options })
    return { ...opened, send: createOrigin(), advance: (milliseconds: number) => { now += milliseconds } }
  }
  const messages = async (store: LogStore, query: Partial<LogQuery> = {}, environment = dev): Promise<string[]> =>
    (await store.list(environment, { ...newestFirst, ...query }, firstPage)).items.map(({ message }) => message)
  const trimAll = async (store: LogStore): Promise<void> => { while (await store.trim()); }

  t.test('a line comes back as it was said', async t => {
    const { logStore, send } = await open(t)
    const texts = { message: 'a\r\n\u001b[31m\ud83d\ude00 "quoted" data: x', fields: '{"__proto__":{"a":1},"n":[1]}' }
    await logStore.append(send({ ...texts, level: 'error' }, { functionName: null, versionId: null, requestId: null, time: noon + 1 }))
    const { items, next } = await logStore.list(dev, newestFirst, firstPage)
    t.equal(next, null)
    t.match(items, [
      { functionName: null, versionId: null, requestId: null, time: noon + 1 },
      { ...texts, time: noon, level: 'error', functionName: 'hello', versionId: 'v1', requestId: 'request-1' }
    ])
    t.equal(new Set(items.map(({ position }) => position)).size, 2)
  })

  t.test('a batch that comes twice is kept once', async t => {
    const { logStore, reopen, send } = await open(t)
    const other = createOrigin()
    const [first, second] = [send({ message: 'one' }), send({ message: 'two' })]
    for (const batch of [first, first, second, first, other({ message: 'other' })]) await logStore.append(batch)
    const reopened = await reopen()
    await reopened.append(second)
    t.strictSame((await messages(reopened)).sort(), ['one', 'other', 'two'])
  })

  t.test('lists are filtered', async t => {
    const { logStore, send } = await open(t)
    await logStore.append(send(
      { message: 'debug', level: 'debug', functionName: 'a', requestId: 'r1', time: noon },
      { message: 'info', level: 'info', functionName: 'b', requestId: 'r1', time: noon + 1 },
      { message: 'warn', level: 'warn', functionName: 'a', requestId: 'r2', time: noon + 2 },
      { message: 'error', level: 'error', functionName: 'b', requestId: null, time: noon + 3, fields: '{"Card":"Visa"}' },
      { message: 'prod', environment: 'prod' }
    ))
    const cases: Array<[Partial<LogQuery>, string[]]> = [
      [{}, ['error', 'warn', 'info', 'debug']],
      [{ order: 'asc' }, ['debug', 'info', 'warn', 'error']],
      [{ minLevel: 'info' }, ['error', 'warn', 'info']],
      [{ minLevel: 'warn' }, ['error', 'warn']],
      [{ minLevel: 'error' }, ['error']],
      [{ functionName: 'a' }, ['warn', 'debug']],
      [{ functionName: 'a', minLevel: 'warn' }, ['warn']],
      [{ requestId: 'r1' }, ['info', 'debug']],
      [{ requestId: 'r1', functionName: 'b' }, ['info']],
      [{ since: noon + 1, until: noon + 2 }, ['warn', 'info']],
      [{ contains: 'vISA' }, ['error']],
      [{ contains: 'NF' }, ['info']],
      [{ contains: '%' }, []]
    ]
    for (const [query, expected] of cases) t.strictSame(await messages(logStore, query), expected, JSON.stringify(query))
    t.strictSame(await messages(logStore, {}, prod), ['prod'])
    t.strictSame(await messages(logStore, {}, { gatewayId: 'other', environment: 'dev' }), [])
  })

  t.test('pages hold everything once, also while more comes', async t => {
    const { logStore, send } = await open(t)
    // Several of one time, and some that come later than younger ones.
    const times = [5, 5, 5, 1, 9, 5, 2, 5]
    await logStore.append(send(...times.map((time, index) => ({ time: noon + time, message: String(index) }))))
    for (const order of ['asc', 'desc'] as const) {
      const pages = await readPages(async page => {
        const found = await logStore.list(dev, { ...newestFirst, order }, page)
        if (order === 'desc') await logStore.append(send({ time: noon + 10, message: 'new' }))
        return found
      }, 3)
      const expected = ['3', '6', '0', '1', '2', '5', '7', '4']
      t.strictSame(pages.flat().map(({ message }) => message), order === 'asc' ? expected : expected.toReversed())
      t.strictSame(pages.map(({ length }) => length), [3, 3, 2])
    }
  })

  t.test('a search through many lines goes on page by page', async t => {
    const { logStore, send } = await open(t)
    for (let n = 0; n < 50; n++) await logStore.append(send(...Array.from({ length: 500 }, () => ({ message: n === 1 ? 'needle' : 'hay' }))))
    const pages = await readPages(async page => await logStore.list(dev, { ...newestFirst, contains: 'needle' }, page), 200)
    t.equal(pages.flat().length, 500)
    t.equal(pages[0]!.length, 0, 'the first answer has given up before the end')
  })

  t.test('a line is never later than its arrival', async t => {
    const { logStore, send } = await open(t)
    await logStore.append(send({ time: noon + day }))
    t.equal((await logStore.list(dev, newestFirst, firstPage)).items[0]!.time, noon + 1_000)
  })

  t.test('who reads on gets each line once, in the order of arrival', async t => {
    const { logStore, reopen, send } = await open(t)
    const start = await logStore.position(dev, null)
    t.match(await logStore.readOn(dev, start, everything), { lines: [], isEnd: true, missed: 0 })
    await logStore.append(send({ message: 'late', time: noon }, { message: 'early', time: noon - 1 }, { message: 'prod', environment: 'prod' }))
    const first = await logStore.readOn(dev, start, everything)
    t.match(first, { lines: [{ message: 'late' }, { message: 'early' }], isEnd: true, missed: 0 })
    t.match(await logStore.readOn(dev, first.lines[0]!.position, everything), { lines: [{ message: 'early' }] })
    t.equal(await logStore.position(dev, null), first.position)
    const reopened = await reopen()
    await reopened.append(send({ message: 'debug', level: 'debug' }, { message: 'warn', level: 'warn' }, { message: 'again', level: 'debug' }))
    const severe = await reopened.readOn(dev, first.position, { ...everything, minLevel: 'info' })
    t.match(severe, { lines: [{ message: 'warn' }], missed: 0 })
    t.strictSame((await reopened.readOn(dev, severe.position, everything)).lines, [], 'what did not fit has been read, too')
    const since = await reopened.position(dev, noon)
    t.strictSame((await reopened.readOn(dev, since, everything)).lines.map(({ message }) => message), ['late', 'early', 'debug', 'warn', 'again'])
  })

  t.test('a long way is read in parts', async t => {
    const { logStore, send } = await open(t)
    const start = await logStore.position(dev, null)
    for (let n = 0; n < 3; n++) await logStore.append(send(...Array.from({ length: 400 }, (_none, index) => ({ message: `${n * 400 + index}` }))))
    const found: string[] = []
    for (let position = start, isEnd = false; !isEnd;) {
      const passage = await logStore.readOn(dev, position, everything)
      t.ok(passage.lines.length <= 500)
      found.push(...passage.lines.map(({ message }) => message))
      ;({ position, isEnd } = passage)
    }
    t.strictSame(found, Array.from({ length: 1_200 }, (_none, index) => `${index}`))
  })

  t.test('who waits is told', async t => {
    const { logStore, send } = await open(t)
    let rings = 0
    const stop = logStore.onAppend(dev, () => { rings++ })
    await logStore.append(send({}, {}))
    t.equal(rings, 1)
    await logStore.append(send({ environment: 'prod' }))
    t.equal(rings, 1)
    stop()
    await logStore.append(send({}))
    t.equal(rings, 1)
  })

  t.test('what is too old is forgotten, and who was still to read it is told how much', async t => {
    const { logStore, send, advance } = await open(t)
    const start = await logStore.position(dev, null)
    await logStore.append(send({ message: 'old' }, { message: 'older', time: noon - day }, { message: 'elsewhere', environment: 'prod' }))
    advance(3 * day)
    await logStore.append(send({ message: 'new', time: noon + 3 * day }))
    advance(5 * day)
    t.strictSame(await messages(logStore), ['new'], 'at once, whether it is still there or not')
    await trimAll(logStore)
    t.match(await logStore.readOn(dev, start, everything), { lines: [{ message: 'new' }], missed: 2 })
    advance(5 * day)
    await trimAll(logStore)
    t.match(await logStore.readOn(dev, start, everything), { lines: [], missed: 3, isEnd: true })
    await logStore.append(send({ message: 'newest', time: noon + 13 * day }))
    t.match(await logStore.readOn(dev, await logStore.position(dev, null), everything), { lines: [], missed: 0 })
    t.strictSame(await messages(logStore), ['newest'])
  })

  t.test('the gateway that says the most loses its own lines', async t => {
    const { logStore, reopen, send } = await open(t, { maxBytes: 300_000 })
    await logStore.append(send({ message: 'quiet', gatewayId: 'quiet' }, { message: 'quiet prod', environment: 'prod' }))
    for (let n = 0; n < 20; n++) await logStore.append(send(...Array.from({ length: 100 }, (_none, index) => ({ message: `${n * 100 + index} ${'x'.repeat(200)}` }))))
    const store = await reopen()
    await trimAll(store)
    t.strictSame(await messages(store, {}, { gatewayId: 'quiet', environment: 'dev' }), ['quiet'])
    t.strictSame(await messages(store, {}, prod), ['quiet prod'])
    const left = (await readPages(async page => await store.list(dev, { ...newestFirst, order: 'asc' }, page), 200)).flat()
    t.ok(left.length > 100 && left.length < 1_000, `${left.length} lines are left`)
    t.match(left.at(-1)!.message, /^1999 /, 'the newest ones')
  })

  t.test('a position in logs that are gone is told from one that is known', async t => {
    const { logStore, send } = await open(t)
    await logStore.append(send({ message: 'one' }))
    t.match(await logStore.readOn(dev, '0123456789ab-7', everything), { lines: [{ message: 'one' }], missed: null })
    t.match(await logStore.readOn(prod, '0123456789ab-7', everything), { lines: [], missed: null })
  })

  t.test('a store that is closed can do nothing', async t => {
    const { logStore, send } = await open(t)
    await logStore.append(send({}))
    await logStore.close()
    await t.rejects(logStore.append(send({})), { code: 'unavailable' })
    await t.resolves(logStore.close())
  })
}
