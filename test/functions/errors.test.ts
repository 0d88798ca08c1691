import t from 'tap'
import { makeFunction, startFunctions } from '../support/functions.ts'

const { call, line, lines } = await startFunctions(t)

const source = `interface Order { id: string, items: string[] }

function findOrder (orders: Order[], id: string): Order {
  const found = orders.find(order => order.id === id)
  if (found === undefined) throw new RangeError('no order ' + id)
  return found
}

export default async function (ctx: { params: { id: string } }) {
  await Promise.resolve()
  return findOrder([], ctx.params.id)
}
`

t.test('the owner of a function that throws finds the line of the source, and the caller finds nothing', async t => {
  lines.length = 0
  const fn = await makeFunction(source, { functionName: 'get-order' })
  const problem = await call(fn, { requestId: 'req-9', params: { id: '<secret>' } }).catch((error: unknown) => error as Error & { code: string })
  t.match(problem, { code: 'function_failed', statusCode: 500 })
  t.notMatch(JSON.stringify((problem as unknown as { toDocument: (id: string) => unknown }).toDocument('req-9')), /secret|RangeError|index\.ts/)

  const told = await line(({ level }) => level === 'error')
  t.match(told, {
    gatewayId: 'shop', environment: 'dev', functionName: 'get-order', versionId: fn.versionId, requestId: 'req-9',
    fields: { errorName: 'RangeError', errorMessage: 'no order <secret>' }
  })
  const stack = String(told.fields.stack)
  t.match(stack, /at findOrder \(index\.ts:5:\d+\)/)
  t.match(stack, /index\.ts:11:\d+/)
  t.notMatch(stack, /imprun:/)
})

t.test('a module that throws while it loads is told with its line, at every call anew', async t => {
  lines.length = 0
  const fn = await makeFunction('\n\nif (Date.now() > 0) throw new Error("no luck")\nexport default () => 1')
  await t.rejects(call(fn), { code: 'function_failed' })
  await t.rejects(call(fn), { code: 'function_failed' })
  t.equal(lines.length, 2)
  t.match(lines[0], { requestId: 'req-1', fields: { errorMessage: 'no luck', stack: /index\.ts:3:/ } })
})

t.test('a module without a function to call is told so', async t => {
  lines.length = 0
  await t.rejects(call(await makeFunction('export const answer = 42')), { code: 'function_failed' })
  t.match(lines, [{ level: 'error', message: /no default export/ }])
})
