import t from 'tap'
import { Exchange } from '../../data-plane/edge/exchange.ts'
import type { AccessEntry } from '../../data-plane/edge/record.ts'
import type { CompiledEnvironment } from '../../data-plane/edge/environment.ts'
import { note } from '../../data-plane/explain/note.ts'
import { TraceStore } from '../../data-plane/explain/trace-store.ts'

const maxBytes = 200_000
let last = 0

interface Ended { status?: number, path?: string, detail?: string }

function entry (requestId: string, path: string, status: number): AccessEntry {
  return {
    time: ++last, requestId, route: null, release: 1, functionName: null, versionId: null, upstream: null, clientId: null, apiKeyId: null, method: 'GET', path, status, code: null, durationMs: 1, functionMs: 0, attempts: 0, bodyBytes: 0
  }
}

/** A request from its beginning to its end. @returns its id */
function serve (store: TraceStore, environment: string, { status = 200, path = '/', detail }: Ended = {}): string {
  const requestId = `r${++last}`
  const exchange = new Exchange({ authority: 'shop.localhost', path, query: '' }, 0, '127.0.0.1')
  exchange.environment = { routeName: environment } as CompiledEnvironment
  exchange.trace = store.begin(requestId, 1)
  note(exchange, 'authentication', 'passed', null, detail === undefined ? null : { detail })
  store.keep(exchange, entry(requestId, path, status))
  t.equal(exchange.trace, null, 'what comes later is noted nowhere')
  return requestId
}

const kept = (store: TraceStore, environment: string): string[] => store.all(environment).map(({ requestId }) => requestId)

t.test('the newest are kept, within a bound', async t => {
  const store = new TraceStore(maxBytes)
  const ids = Array.from({ length: 1_000 }, () => serve(store, 'shop-prod'))
  t.ok(store.bytes <= maxBytes && store.bytes > maxBytes * 0.9, `${store.bytes} bytes`)
  const held = kept(store, 'shop-prod')
  t.ok(held.length > 50)
  t.strictSame(held, ids.slice(-held.length))
  t.equal(store.find('shop-prod', ids[0]!), null)
  t.equal(store.find('shop-prod', ids.at(-1)!)!.requestId, ids.at(-1))
  t.equal(store.find('other-prod', ids.at(-1)!), null, 'an id alone opens nothing')
})

t.test('who is busy pushes out nobody who is quiet', async t => {
  const store = new TraceStore(maxBytes)
  const quiet = Array.from({ length: 10 }, (_, n) => serve(store, `quiet${n}-prod`))
  for (let n = 0; n < 5_000; n++) serve(store, 'busy-prod')
  for (const [n, id] of quiet.entries()) t.ok(store.find(`quiet${n}-prod`, id))
  const before = kept(store, 'busy-prod').length
  for (let n = 0; n < 5_000; n++) serve(store, 'second-prod')
  const [first, second] = [kept(store, 'busy-prod').length, kept(store, 'second-prod').length]
  t.ok(second > before * 0.4 && first > before * 0.3, `two that are busy share: ${first} and ${second} of ${before}`)
  for (const [n, id] of quiet.entries()) t.ok(store.find(`quiet${n}-prod`, id))
})

t.test('what went wrong outlives what went well', async t => {
  const store = new TraceStore(maxBytes)
  const failed = serve(store, 'shop-prod', { status: 502 })
  for (let n = 0; n < 5_000; n++) serve(store, 'shop-prod')
  t.ok(store.find('shop-prod', failed))
  for (let n = 0; n < 5_000; n++) serve(store, 'shop-prod', { status: 404 })
  t.notOk(store.find('shop-prod', failed), 'but not what has gone wrong since')
  t.ok(store.all('shop-prod').some(({ status }) => status === 200))
})

t.test('more environments than there is room for lose the oldest of them', async t => {
  const store = new TraceStore(maxBytes)
  const ids = Array.from({ length: 1_000 }, (_, n) => serve(store, `e${n}-prod`))
  t.ok(store.bytes <= maxBytes)
  t.ok(store.find('e999-prod', ids[999]!))
  t.notOk(store.find('e0-prod', ids[0]!))
})

t.test('what strangers can make long is cut', async t => {
  const store = new TraceStore(maxBytes)
  const id = serve(store, 'shop-prod', { path: `/${'a'.repeat(10_000)}`, detail: 'b'.repeat(100_000) })
  const trace = store.find('shop-prod', id)!
  t.equal(trace.path.length, 512)
  t.match(trace.notes(), [{ stage: 'authentication', decision: 'passed', details: null }], 'the decision stays')
  t.ok(store.bytes < 5_000)
})

t.test('a trace that is used again says nothing of the request before', async t => {
  const store = new TraceStore(maxBytes)
  for (let n = 0; n < 1_000; n++) serve(store, 'shop-prod', { detail: 'of the one before' })
  const exchange = new Exchange({ authority: 'other.localhost', path: '/', query: '' }, 0, '127.0.0.1')
  exchange.environment = { routeName: 'other-prod' } as CompiledEnvironment
  exchange.trace = store.begin('mine', 1)
  store.keep(exchange, entry('mine', '/', 200))
  t.strictSame(store.find('other-prod', 'mine')!.notes(), [])
})

t.test('a request with more decisions than there is room for keeps the last one', async t => {
  const store = new TraceStore(maxBytes)
  const exchange = new Exchange({ authority: 'shop.localhost', path: '/', query: '' }, 0, '127.0.0.1')
  exchange.environment = { routeName: 'shop-prod' } as CompiledEnvironment
  exchange.trace = store.begin('long', 1)
  for (let n = 0; n < 100; n++) note(exchange, 'limits', 'passed', String(n))
  note(exchange, 'function', 'answered')
  store.keep(exchange, entry('long', '/', 200))
  t.match(store.find('shop-prod', 'long')!.notes().at(-1), { stage: 'function', decision: 'answered' })
})
