import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call, lines } = await startFunctions(t)

const thrown: Record<string, string> = {
  'getters that throw': '{ get name () { throw 1 }, get message () { throw 2 }, get stack () { throw 3 } }',
  'getters that lie': '{ name: {}, message: Symbol("x"), stack: () => 1 }',
  'a proxy that throws at every turn': 'new Proxy({}, new Proxy({}, { get () { throw new Error("trap") } }))',
  'an error with a huge message': 'new Error("x".repeat(5e6))',
  undefined: 'undefined',
  'a symbol': 'Symbol("x")',
  'a function': '() => 1',
  'an error with toString and toJSON that throw': 'Object.assign(new Error("m"), { toString () { throw 1 }, toJSON () { throw 2 } })'
}

t.test('whatever a function throws, the caller gets 500 and the owner a bounded line', async t => {
  lines.length = 0
  for (const [name, expression] of Object.entries(thrown)) {
    for (const kind of ['', 'async ']) {
      lines.length = 0
      await t.rejects(call(await makeFunction(`export default ${kind}() => { throw ${expression} }`)), { code: 'function_failed' }, `${kind}${name}`)
      t.equal(lines.length, 1)
      t.ok(JSON.stringify(lines[0]).length < 20_000)
    }
  }
})

t.test('an Error.prepareStackTrace of the function can neither hold the process nor break the answer', async t => {
  const neighbour = await makeFunction('export default () => "still here"')
  const throwing = await makeFunction('Error.prepareStackTrace = () => { throw new Error("again") }\nexport default () => { throw new Error("first") }')
  const looping = await makeFunction('Error.prepareStackTrace = () => { for (;;); }\nexport default () => { throw new Error("first") }', { timeoutMs: 300 })
  await t.rejects(call(throwing), { code: 'function_failed' })
  await t.rejects(call(looping), { code: 'function_timeout' })
  t.equal(bodyText(await call(neighbour)), 'still here')
})

t.test('rejections that nobody handles cannot hold the process, nor take the answers of others', async t => {
  const fn = await makeFunction(`export default (ctx) => {
    Promise.reject({ get message () { for (;;); } })
    void (async () => { throw new Proxy({}, { get () { for (;;); } }) })()
    return ctx.params.id
  }`)
  const results = await Promise.all(['a', 'b', 'c'].map(async id => await call(fn, { params: { id } })))
  t.strictSame(results.map(bodyText), ['a', 'b', 'c'])
})
