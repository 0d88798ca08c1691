import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call, lines } = await startFunctions(t)

const results: Record<string, string> = {
  'a BigInt': '10n',
  'a BigInt inside': '{ a: 10n }',
  'a cycle': '(() => { const a = {}; a.a = a; return a })()',
  'a function': '() => 1',
  'a symbol': 'Symbol("x")',
  'a getter that throws': '{ get a () { throw new Error("no") } }',
  'a proxy that throws': 'new Proxy({}, { ownKeys () { throw 1 }, getPrototypeOf () { throw 2 } })',
  'a toJSON that gives nothing': '{ toJSON () {} }',
  'a detached buffer': '(() => { const b = new ArrayBuffer(8); const v = new Uint8Array(b); b.transfer(); return { v, get w () { throw v } } })()'
}

t.test('what is no response is refused, and the owner is told why', async t => {
  lines.length = 0
  for (const [name, expression] of Object.entries(results)) {
    for (const kind of ['', 'async ']) {
      lines.length = 0
      await t.rejects(call(await makeFunction(`export default ${kind}() => (${expression})`)), { code: 'function_result_invalid' }, `${kind}${name}`)
      t.match(lines, [{ level: 'error', message: /./ }])
    }
  }
})

const tooLarge: Record<string, string> = {
  'a text': '"x".repeat(6 * 1024 * 1024 + 1)',
  'a text that is too large in UTF-8 only': '"\\u00e9".repeat(4 * 1024 * 1024)',
  JSON: '[new Array(4e6).fill(1)]',
  bytes: 'new Uint8Array(6 * 1024 * 1024 + 1)',
  'a response': 'new Response("x".repeat(6 * 1024 * 1024 + 1))'
}

t.test('what is too large to be held in memory is refused, and the owner is told why', async t => {
  for (const [name, expression] of Object.entries(tooLarge)) {
    lines.length = 0
    await t.rejects(call(await makeFunction(`export default () => (${expression})`)), { code: 'function_response_too_large' }, name)
    t.match(lines, [{ level: 'error', message: 'The response has more than 6291456 bytes, which is the most for one that does not stream.' }])
  }
})

const headers = '{ headers: { "x-large": "x".repeat(10e6) } }'
const withLargeHeaders = { 'a text': `new Response('x', ${headers})`, bytes: `new Response(new Uint8Array([255]), ${headers})`, 'a stream': `new Response(new ReadableStream(), ${headers})` }

t.test('headers of any size concern their own call alone', async t => {
  const waiting = await makeFunction('let go; export default ctx => ctx.path === "/go" ? go("went") : new Promise(resolve => { go = resolve })')
  const answer = call(waiting)
  for (const [name, expression] of Object.entries(withLargeHeaders)) {
    await t.rejects(call(await makeFunction(`export default () => (${expression})`)), { code: 'function_result_invalid' }, name)
  }
  await call(waiting, { path: '/go' })
  t.equal(bodyText(await answer), 'went')
})

t.test('a result of exactly the largest size passes', async t => {
  const text = await call(await makeFunction('export default () => "x".repeat(6 * 1024 * 1024)'))
  const bytes = await call(await makeFunction('export default () => new Uint8Array(6 * 1024 * 1024).fill(1)'))
  t.equal((text.body as Buffer).length, 6 * 1024 * 1024)
  t.equal((bytes.body as Buffer).length, 6 * 1024 * 1024)
})

t.test('thenables and getters of then are no way around', async t => {
  t.equal(bodyText(await call(await makeFunction('export default () => ({ then (resolve) { resolve("thenable") } })'))), 'thenable')
  await t.rejects(call(await makeFunction('export default () => ({ get then () { throw new Error("no") } })')), { code: 'function_failed' })
  await t.rejects(call(await makeFunction('export default async () => ({ then (resolve, reject) { reject(new Error("no")) } })')), { code: 'function_failed' })
})
