import { Readable } from 'node:stream'
import t from 'tap'
import type { FunctionCall, FunctionResult } from '../../data-plane/functions/runner.ts'
import { startCached } from '../support/cached.ts'

/** Says so when it is asked about what it has. */
function validating (control: string, current = (): string => '"a"'): (call: FunctionCall, number: number) => FunctionResult {
  return ({ headers }, number) => {
    const fields: Array<[string, string]> = [['cache-control', control], ['etag', current()], ['x-number', String(number)]]
    return headers['if-none-match'] === current() ? { status: 304, headers: fields, body: null } : { status: 200, headers: [...fields, ['content-type', 'text/plain']], body: String(number) }
  }
}

t.test('what is stale is asked about, and good again if nothing has changed', async t => {
  const { ask, calls, pass } = await startCached(t, validating('max-age=60'))
  await ask()
  pass(61)
  t.match(await ask(), { status: 200, text: '1', headers: { 'x-number': '2', 'content-type': 'text/plain', age: '0', 'cache-status': 'imprun; fwd=stale; fwd-status=304; stored' } })
  t.match(calls[1]!.headers, { 'if-none-match': '"a"' })
  pass(59)
  t.match(await ask(), { text: '1', headers: { 'cache-status': 'imprun; hit; ttl=1' } })
  t.equal(calls.length, 2)
})

t.test('and replaced if it has', async t => {
  let tag = '"a"'
  const { ask, pass } = await startCached(t, validating('max-age=60', () => tag))
  await ask()
  pass(61)
  tag = '"b"'
  t.match(await ask(), { status: 200, text: '2', headers: { 'cache-status': 'imprun; fwd=stale; stored' } })
  t.match(await ask(), { text: '2', headers: { etag: '"b"', 'cache-status': /hit/ } })
})

t.test('what is to be asked about each time is', async t => {
  const { ask, calls } = await startCached(t, validating('no-cache'))
  for (let i = 0; i < 3; i++) t.match(await ask(), { status: 200, text: '1' })
  t.strictSame(calls.map(({ headers }) => headers['if-none-match']), [undefined, '"a"', '"a"'])
})

t.test('the question is the gateway\'s, and the client is answered its own', async t => {
  const { ask, calls, pass } = await startCached(t, validating('max-age=60'))
  await ask()
  pass(61)
  t.match(await ask('/a', { headers: { 'if-none-match': '"old"' } }), { status: 200, text: '1' })
  t.match(calls[1]!.headers, { 'if-none-match': '"a"' })
  pass(61)
  t.match(await ask('/a', { headers: { 'if-none-match': '"a"' } }), { status: 304, text: '' })
})

t.test('where nothing is kept the client\'s own question goes on', async t => {
  const { ask, calls } = await startCached(t, validating('max-age=60'))
  t.match(await ask('/a', { headers: { 'if-none-match': '"a"' } }), { status: 304, text: '' })
  t.match(calls[0]!.headers, { 'if-none-match': '"a"' })
  t.match(await ask(), { status: 200, text: '2' })
})

t.test('the date stands in for a tag', async t => {
  const { ask, calls, pass } = await startCached(t, ({ headers }) => headers['if-modified-since'] === undefined
    ? { status: 200, headers: [['cache-control', 'max-age=1'], ['last-modified', 'Mon, 31 Dec 2029 00:00:00 GMT']], body: 'x' }
    : { status: 304, headers: [['cache-control', 'max-age=1']], body: null })
  await ask()
  pass(2)
  t.match(await ask(), { status: 200, text: 'x' })
  t.match(calls[1]!.headers, { 'if-modified-since': 'Mon, 31 Dec 2029 00:00:00 GMT' })
})

t.test('what is stale stands in for an error, as long as it may', async t => {
  for (const [control, settings, allowed] of [
    ['max-age=60, stale-if-error=100', {}, true],
    ['max-age=60', { staleIfErrorSeconds: 100 }, true],
    ['max-age=60, stale-if-error=10', { staleIfErrorSeconds: 100 }, false],
    ['max-age=60', {}, false],
    ['max-age=60, stale-if-error=100, must-revalidate', {}, false],
    ['max-age=60, stale-if-error=100, proxy-revalidate', {}, false],
    ['s-maxage=60', { staleIfErrorSeconds: 100 }, false],
    ['no-cache, stale-if-error=100', { staleIfErrorSeconds: 100 }, false]
  ] as const) {
    for (const fails of [(): FunctionResult => ({ status: 503, headers: [], body: new Readable({ read () {} }) }), () => { throw new Error('lost') }]) {
      const { ask, pass, calls } = await startCached(t, (_call, number) => number === 1 ? { status: 200, headers: [['cache-control', control], ['etag', '"a"']], body: 'good' } : allowed ? fails() : { status: 503, headers: [], body: '' }, { settings })
      await ask()
      pass(159)
      if (allowed) t.match(await ask(), { status: 200, text: 'good', headers: { age: '159', 'cache-status': 'imprun; hit; ttl=-99; detail=stale-if-error' } }, control)
      else t.match(await ask(), { status: 503 }, control)
      pass(2)
      if (!allowed) t.match(await ask(), { status: 503 }, 'nor later')
      t.ok(calls.length >= 2)
    }
  }
})

t.test('what is stale is given out while a new one is asked for, once', async t => {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const { promise: answered, resolve: goOn } = Promise.withResolvers<void>()
  const { ask, pass, calls } = await startCached(t, async (_call, number) => {
    if (number === 2) {
      resolve()
      await answered
    }
    return { status: 200, headers: [['cache-control', 'max-age=60, stale-while-revalidate=30']], body: String(number) }
  })
  await ask()
  pass(61)
  t.match(await ask(), { text: '1', headers: { 'cache-status': 'imprun; hit; ttl=-1; detail=stale-while-revalidate' } })
  await asked
  t.match(await ask(), { text: '1' })
  t.equal(calls.length, 2)
  goOn()
  while ((await ask()).text === '1') t.ok(calls.length === 2, 'asked once')
  t.match(await ask(), { text: '2', headers: { 'cache-status': 'imprun; hit; ttl=60' } })
  pass(91)
  t.match(await ask(), { text: '3' }, 'too old to be given out')
})

t.test('a new one that cannot be had is no reason not to', async t => {
  const { ask, pass, calls } = await startCached(t, (_call, number) => {
    if (number > 1) throw new Error('lost')
    return { status: 200, headers: [['cache-control', 'max-age=60, stale-while-revalidate=30']], body: String(number) }
  })
  await ask()
  pass(61)
  for (let i = 0; i < 3; i++) t.match(await ask(), { text: '1' })
  t.ok(calls.length > 1)
})
