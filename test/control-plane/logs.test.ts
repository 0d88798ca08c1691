import t from 'tap'
import { createOrigin } from '../support/log-lines.ts'
import { startLogApi, type ShownLine } from '../support/log-api.ts'

const path = '/api-gateways/shop/environments/dev/logs'
const messages = ({ items }: { items: ShownLine[] }): string[] => items.map(({ message }) => message)

t.test('lines are shown newest first, and filtered', async t => {
  const { say, read, clock } = await startLogApi(t)
  const start = clock.now()
  clock.advance(10)
  await say(
    { message: 'one', level: 'debug', time: start, requestId: 'r1' },
    { message: 'two', level: 'info', time: start + 1, fields: '{"id":7,"deep":{"x":[1]}}' },
    { message: 'three', level: 'warn', time: start + 2, functionName: 'other' },
    { message: 'four', level: 'error', time: start + 3, functionName: null, versionId: null, requestId: null }
  )
  await say({ message: 'five', environment: 'prod' })
  const all = await read()
  t.equal(all.nextCursor, null)
  t.match(all.items, [
    { message: 'one', time: new Date(start).toISOString() },
    { message: 'two', level: 'info', function: 'hello', version: 'v1', requestId: 'request-1', fields: { id: 7, deep: { x: [1] } } },
    { message: 'three', function: 'other' },
    { message: 'four', level: 'error', function: null, version: null, requestId: null, fields: {} }
  ].toReversed())
  for (const [query, expected] of [
    ['?level=warn', ['four', 'three']],
    ['?function=hello&order=asc', ['one', 'two']],
    ['?requestId=r1', ['one']],
    ['?contains=%22ID%22', ['two']],
    [`?since=${new Date(start + 1).toISOString()}&until=${new Date(start + 2).toISOString()}`, ['three', 'two']]
  ] as const) t.strictSame(messages(await read(query)), expected, query)
  t.strictSame(messages(await read('', 'prod')), ['five'])
})

t.test('pages are read by cursor', async t => {
  const { say, read } = await startLogApi(t)
  await say(...Array.from({ length: 5 }, (_none, index) => ({ message: `${index}` })))
  const first = await read('?limit=3')
  t.strictSame(messages(first), ['4', '3', '2'])
  t.match(await read(`?limit=3&cursor=${first.nextCursor}`), { items: [{ message: '1' }, { message: '0' }], nextCursor: null })
})

t.test('what is asked for wrongly is named', async t => {
  const { admin, say } = await startLogApi(t)
  await say({})
  for (const [query, pointer] of [
    ['level=loud', '/query/level'], ['since=yesterday', '/query/since'], ['until=2030-02-30T00:00:00Z', '/query/until'], ['order=up', '/query/order'],
    ['limit=0', '/query/limit'], ['limit=201', '/query/limit'], ['cursor=bm90aGluZw', '/query/cursor'], ['function=%2F', '/query/function'],
    ['requestId=', '/query/requestId'], ['contains=', '/query/contains'], ['follow=maybe', '/query/follow'], ['tail=1', '/query/tail'],
    ['follow=true&cursor=MS4x', '/query/cursor'], ['follow=true&until=2030-01-01T00:00:00Z', '/query/until'], ['follow=true&order=asc', '/query/order']
  ] as const) t.match(await admin('GET', `${path}?${query}`), { status: 400, json: { code: 'validation_failed', errors: [{ pointer }] } }, query)
  t.match(await admin('GET', path, undefined, { accept: 'text/event-stream', 'last-event-id': 'x' }), { status: 400, json: { errors: [{ pointer: '/headers/last-event-id' }] } })
  t.match(await admin('GET', '/api-gateways/shop/environments/none/logs'), { status: 404, json: { code: 'environment_not_found' } })
  t.match(await admin('GET', '/api-gateways/none/environments/dev/logs?follow=true'), { status: 404, json: { code: 'api_gateway_not_found' } })
})

t.test('each side needs its own token', async t => {
  const { admin, ship } = await startLogApi(t)
  const batch = createOrigin()({})
  t.match(await admin('POST', '/data-plane/logs', batch), { status: 401 })
  t.match(await ship(batch), { status: 204 })
  t.match(await admin('GET', path, undefined, { authorization: 'Bearer data-plane-token-of-the-tests' }), { status: 401 })
  t.match(await admin('GET', `${path}?follow=true`, undefined, { authorization: 'Bearer wrong' }), { status: 401 })
})

t.test('a batch is taken once, and as a whole or not at all', async t => {
  const { ship, read } = await startLogApi(t)
  const make = createOrigin()
  const batch = make({ message: 'once', fields: '{"__proto__":{"polluted":true},"toJSON":1}' })
  t.match(await ship(batch), { status: 204 })
  t.match(await ship(batch), { status: 204 })
  const { items } = await read()
  t.strictSame(messages({ items }), ['once'])
  t.equal(JSON.stringify(items[0]!.fields), '{"__proto__":{"polluted":true},"toJSON":1}')
  for (const [line, pointer] of [
    [{ fields: '[1]' }, '/lines/1/fields'], [{ fields: '{' }, '/lines/1/fields'], [{ level: 'loud' }, '/lines/1/level'], [{ time: 1.5 }, '/lines/1/time'],
    [{ gatewayId: 'a/b' }, '/lines/1/gatewayId'], [{ more: 1 }, '/lines/1/more']
  ] as const) {
    t.match(await ship(make({ message: 'refused' }, line as object)), { status: 400, json: { errors: [{ pointer }] } }, JSON.stringify(line))
  }
  t.match(await ship({ ...make(), lines: [] }), { status: 400, json: { errors: [{ pointer: '/lines' }] } })
  t.strictSame(messages(await read()), ['once'])
})

t.test('an environment or a gateway that is made anew does not show what was said in the one before', async t => {
  const { admin, say, read, clock, follow } = await startLogApi(t)
  await admin('POST', '/api-gateways/shop/environments', { name: 'test' })
  const before = clock.now()
  await say({ message: 'of test', environment: 'test' }, { message: 'of shop' })
  await admin('DELETE', '/api-gateways/shop/environments/test')
  t.match(await admin('GET', '/api-gateways/shop/environments/test/logs'), { status: 404 })
  clock.advance(1_000)
  await admin('POST', '/api-gateways/shop/environments', { name: 'test' })
  await say({ message: 'late', environment: 'test', time: before })
  t.strictSame(messages(await read('?since=2000-01-01T00:00:00Z', 'test')), [])

  const events = await follow()
  await admin('DELETE', '/api-gateways/shop')
  await say({ message: 'afterwards' })
  t.strictSame(await events.end(), [], 'who followed hears the end')
  clock.advance(1_000)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const anew = await follow('?since=2000-01-01T00:00:00Z')
  await say({ message: 'new' })
  t.match(await anew.next(), { data: { message: 'new' } })
  t.strictSame(messages(await read()), ['new'])
})
