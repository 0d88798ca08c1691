import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

t.test('a thousand calls at once are each answered with what is theirs', async t => {
  const { call } = await startFunctions(t, { count: 2 })
  const sync = await makeFunction('export default (ctx) => `sync ${ctx.params.n} ${ctx.body ?? ""}`', { gatewayId: 'one' })
  const async = await makeFunction(`export default async (ctx) => {
    for (let i = 0; i < ctx.params.n % 5; i++) await null
    return 'async ' + ctx.params.n + ' ' + (ctx.body ?? '')
  }`, { gatewayId: 'two' })
  const random = await makeFunction(`export default async (ctx) => {
    await new Promise(resolve => setTimeout(resolve, Math.random() * 20))
    return 'random ' + ctx.params.n + ' ' + (ctx.body ?? '')
  }`, { gatewayId: 'three' })
  const names = ['sync', 'async', 'random']
  const results = await Promise.all(Array.from({ length: 1_000 }, async (_value, n) => {
    const body = n % 3 === 0 ? Buffer.from(`ü${'x'.repeat(n)}`) : null
    return bodyText(await call([sync, async, random][n % 3]!, { params: { n: String(n) }, body, method: 'POST' }))
  }))
  t.strictSame(results, results.map((_result, n) => `${names[n % 3]} ${n} ${n % 3 === 0 ? `ü${'x'.repeat(n)}` : ''}`))
})

t.test('bodies that are no text arrive whole in the midst of those that are', async t => {
  const { call } = await startFunctions(t)
  const fn = await makeFunction('export default ({ body }) => body')
  const headers = { 'content-type': 'application/octet-stream' }
  const bodies = Array.from({ length: 40 }, (_value, n) => n % 2 === 0 ? Buffer.from([n, 0xff, 0xfe, n]) : Buffer.from(`text ${n}`))
  const results = await Promise.all(bodies.map(async body => await call(fn, { method: 'POST', headers, body })))
  t.strictSame(results.map(({ body }) => body), bodies)
})

t.test('slow calls are not punished for having arrived together', async t => {
  const { call } = await startFunctions(t)
  const fn = await makeFunction('export default () => { const end = Date.now() + 150; while (Date.now() < end); return "done" }', { timeoutMs: 10_000 })
  const results = await Promise.all(Array.from({ length: 10 }, async () => await call(fn)))
  t.ok(results.every(result => bodyText(result) === 'done'), 'although together they take longer than one crossing may')
})
