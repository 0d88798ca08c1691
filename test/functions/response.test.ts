import t from 'tap'
import { bodyJson, bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call, lines } = await startFunctions(t)

t.test('a web-standard Response goes out as it is', async t => {
  const fn = await makeFunction(`export default async (ctx) => {
    const { pathname, searchParams } = new URL(ctx.request.url)
    const headers = new Headers({ 'X-Path': pathname, 'content-length': '7', connection: 'close' })
    headers.append('set-cookie', 'a=1'); headers.append('set-cookie', 'b=2')
    return Response.json({ method: ctx.request.method, agent: ctx.request.headers.get('user-agent'), full: searchParams.get('full'), body: await ctx.request.json() }, { status: 201, headers })
  }`)
  const result = await call(fn, {
    method: 'POST', url: 'https://shop.api.example.com/users/7?full=1', headers: { 'user-agent': 'test', 'content-type': 'application/json' }, body: Buffer.from('{"n":[1]}')
  })
  t.equal(result.status, 201)
  t.strictSame(bodyJson(result), { method: 'POST', agent: 'test', full: '1', body: { n: [1] } })
  t.strictSame(new Set(result.headers.map(([name, value]) => `${name}: ${value}`)),
    new Set(['x-path: /users/7', 'set-cookie: a=1', 'set-cookie: b=2', 'content-type: application/json']),
    'without what belongs to the connection and to the length')
})

const responses: Array<[expression: string, status: number, body: string]> = [
  ['new Response("text")', 200, 'text'],
  ['new Response(null, { status: 304 })', 304, ''],
  ['new Response(new Uint8Array([104, 105]), { status: 206 })', 206, 'hi'],
  ['Response.redirect("https://example.com/", 302)', 302, ''],
  ['(() => { throw new Response("thrown", { status: 418 }) })()', 418, 'thrown']
]

t.test('bodies of every kind', async t => {
  for (const [expression, status, body] of responses) {
    for (const kind of ['', 'async ']) {
      const result = await call(await makeFunction(`export default ${kind}() => ${expression}`))
      t.equal(result.status, status, `${kind}${expression}`)
      t.equal(bodyText(result), body)
    }
  }
})

const invalid: Record<string, string> = {
  'a network error': 'Response.error()',
  'a body read before': '(async () => { const r = new Response("x"); await r.text(); return r })()',
  'too many headers': 'new Response("", { headers: Array.from({ length: 101 }, (_, i) => [`x-${i}`, "1"]) })',
  'headers that are too large': 'new Response("", { headers: { x: "y".repeat(40000) } })'
}

t.test('a response that cannot go out is refused', async t => {
  lines.length = 0
  for (const [name, expression] of Object.entries(invalid)) {
    lines.length = 0
    await t.rejects(call(await makeFunction(`export default () => ${expression}`)), { code: 'function_result_invalid' }, name)
    t.match(lines, [{ level: 'error' }])
  }
})

t.test('header injection: a value with a line break never becomes a header', async t => {
  await t.rejects(call(await makeFunction('export default () => new Response("", { headers: { x: "a\\r\\nset-cookie: b" } })')), { code: 'function_failed' })
  const tampered = await makeFunction(`export default () => {
    const response = new Response('')
    Array.prototype.toJSON = function () { return [['x', 'a\\r\\nset-cookie: b']] }
    return response
  }`)
  await t.rejects(call(tampered), { code: 'function_result_invalid' })
})
