import { Readable } from 'node:stream'
import t from 'tap'
import { numbered, startCached } from '../support/cached.ts'

const fresh = { 'cache-control': 'max-age=60' }

t.test('what is kept is answered as it was, with its age and where it comes from', async t => {
  const { ask, pass, edge } = await startCached(t, numbered({ ...fresh, 'content-type': 'text/plain', 'x-a': '1', 'cache-tag': 'one', 'cache-status': 'Origin; hit' }, 404))
  const first = await ask()
  t.match(first, { status: 404, text: '1', headers: { 'x-a': '1', 'cache-status': 'Origin; hit, imprun; fwd=uri-miss; stored' } })
  t.notHas(first.headers, 'cache-tag')
  t.notHas(first.headers, 'age')
  const { functionMs } = await edge.entry()
  t.ok(functionMs > 0)
  pass(7.9)
  const second = await ask()
  t.match(second, { status: 404, text: '1', headers: { 'x-a': '1', 'content-type': 'text/plain', age: '7', date: 'Tue, 01 Jan 2030 00:00:00 GMT', 'cache-status': 'imprun; hit; ttl=52', 'content-length': '1' } })
  t.notHas(second.headers, 'cache-tag')
  t.not(second.headers['x-request-id'], first.headers['x-request-id'])
  t.match(await edge.entry(), { status: 404, functionMs: 0, bodyBytes: 1 })
})

t.test('paths and queries are apart as they were sent', async t => {
  const { ask } = await startCached(t, numbered(fresh))
  const paths = ['/a', '/a/', '/A', '/a?', '/a?b', '/a?b=', '/a?b&c', '/a?c&b', '/%61']
  const texts = await Promise.all(paths.map(async path => (await ask(path)).text))
  // A query that is empty is none.
  t.equal(new Set(texts).size, paths.length - 1)
  t.strictSame(await Promise.all(paths.map(async path => (await ask(path)).text)), texts)
})

t.test('HEAD is answered with what is kept of GET, and nothing of it is kept', async t => {
  const { ask, calls } = await startCached(t, numbered({ ...fresh, etag: '"a"' }))
  t.match(await ask('/a', { method: 'HEAD' }), { status: 200, headers: { 'cache-status': 'imprun; fwd=uri-miss' } })
  t.match(await ask(), { text: '2' })
  t.match(await ask('/a', { method: 'HEAD' }), { status: 200, text: '', headers: { 'content-length': '1', etag: '"a"', 'cache-status': 'imprun; hit; ttl=60' } })
  t.equal(calls.length, 2)
})

t.test('who has it already is told so', async t => {
  const { ask, calls } = await startCached(t, numbered({ ...fresh, etag: 'W/"a"', 'last-modified': 'Mon, 31 Dec 2029 00:00:00 GMT', 'content-type': 'text/plain', 'content-location': '/b' }))
  await ask()
  const cases: Array<[headers: Record<string, string>, status: number]> = [
    [{ 'if-none-match': '"a"' }, 304],
    [{ 'if-none-match': 'W/"b", W/"a"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"b"' }, 200],
    [{ 'if-none-match': 'a' }, 200],
    [{ 'if-modified-since': 'Mon, 31 Dec 2029 00:00:00 GMT' }, 304],
    [{ 'if-modified-since': 'Sun, 30 Dec 2029 00:00:00 GMT' }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    // RFC 9110, section 13.1.3: the other one decides.
    [{ 'if-none-match': '"b"', 'if-modified-since': 'Mon, 31 Dec 2029 00:00:00 GMT' }, 200]
  ]
  for (const [headers, status] of cases) {
    const answer = await ask('/a', { headers })
    t.match(answer, { status, text: status === 304 ? '' : '1', headers: { etag: 'W/"a"', age: '0', 'content-location': '/b', 'cache-status': /hit/ } }, JSON.stringify(headers))
    if (status === 304) t.notHas(answer.headers, 'content-type')
  }
  t.equal(calls.length, 1)
})

t.test('a stream is kept when it has come to its end, and not when it breaks off', async t => {
  let isWhole = false
  const { ask, calls } = await startCached(t, () => ({
    status: 200,
    headers: Object.entries(fresh),
    body: Readable.from((async function * () {
      yield Buffer.from('some ')
      yield Buffer.from('thing')
      if (!isWhole) throw new Error('broken')
    })(), { objectMode: false })
  }))
  await t.rejects(ask())
  isWhole = true
  t.match(await ask(), { text: 'some thing' })
  t.match(await ask(), { text: 'some thing', headers: { 'content-length': '10', 'cache-status': /hit/ } })
  t.equal(calls.length, 2)
})

t.test('what is larger than it may be goes through and is not kept', async t => {
  const body = Buffer.alloc(3_000, 'x')
  const { ask, calls } = await startCached(t, ({ path }) => ({
    status: 200, headers: Object.entries(fresh), body: path === '/whole' ? body : Readable.from([body.subarray(0, 500), body.subarray(500, 2_000), body.subarray(2_000)], { objectMode: false })
  }), { settings: { maxEntryBytes: 1_024 } })
  for (const path of ['/whole', '/stream']) for (let i = 0; i < 2; i++) t.equal((await ask(path)).text, String(body))
  t.equal(calls.length, 4)
})

t.test('a client that wants nothing but what is kept is told that there is nothing', async t => {
  const { ask, calls } = await startCached(t, numbered(fresh))
  const headers = { 'cache-control': 'only-if-cached' }
  t.match(await ask('/a', { headers }), { status: 504, json: { code: 'not_kept' } })
  await ask()
  t.match(await ask('/a', { headers }), { status: 200, text: '1' })
  t.equal(calls.length, 1)
})

t.test('an answer that HTTP does not allow is not kept, and nobody waits for it', async t => {
  const { ask, calls } = await startCached(t, () => ({ status: 200, headers: [['cache-control', 'max-age=60'], ['x-a', 'a\nb']], body: 'x' }))
  for (const answer of await Promise.all([ask(), ask()])) t.match(answer, { status: 500, json: { code: 'function_result_invalid' } })
  t.equal(calls.length, 2)
})
