import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { startEgress, startTarget } from '../support/egress.ts'
import { bodyJson, bodyText, makeFunction, readStream, startFunctions } from '../support/functions.ts'

const egress = await startEgress(t)
const { call } = await startFunctions(t, { egressSocket: egress.socketPath })

/** Calls a function whose body this is; `origin` is the target's. */
async function run (origin: string, body: string): Promise<unknown> {
  return bodyJson(await call(await makeFunction(`const origin = ${JSON.stringify(origin)}\nexport default async ctx => { ${body} }`)))
}

async function textOf (request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray() as Buffer[]).toString()
}

t.test('JSON, with all that a response has', async t => {
  const { origin } = await startTarget(t, (_request, response) => {
    response.writeHead(201, 'Made', { 'content-type': 'application/json', 'x-one': '1' }).end('{"é":[1]}')
  })
  t.strictSame(await run(origin, `
    const response = await fetch(origin + '/a?b#c')
    const { status, statusText, ok, url, redirected, type, headers } = response
    return { status, statusText, ok, url, redirected, type, one: headers.get('x-one'), isResponse: response instanceof Response, json: await response.json(), used: response.bodyUsed }
  `), { status: 201, statusText: 'Made', ok: true, url: `${origin}/a?b`, redirected: false, type: 'basic', one: '1', isResponse: true, json: { é: [1] }, used: true })
})

t.test('what is sent', async t => {
  const { origin } = await startTarget(t, (request, response) => {
    void textOf(request).then(body => response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body })))
  })
  t.match(await run(origin, 'return (await fetch(origin, { headers: { "X-A": "1", host: "elsewhere" } })).json()'), {
    method: 'GET', url: '/', headers: { 'x-a': '1', host: origin.slice(7), 'user-agent': 'imprun' }, body: ''
  })
  const posts: Array<[init: string, type: string | undefined, body: string]> = [
    ['body: "tëxt"', 'text/plain;charset=UTF-8', 'tëxt'],
    ['body: new Uint8Array([104, 105])', undefined, 'hi'],
    ['body: new URLSearchParams({ a: "1 2" })', 'application/x-www-form-urlencoded;charset=UTF-8', 'a=1+2'],
    ['body: new Blob(["blob"], { type: "text/x" })', 'text/x', 'blob']
  ]
  for (const [init, type, body] of posts) {
    t.match(await run(origin, `return (await fetch(origin, { method: 'POST', ${init} })).json()`), {
      method: 'POST', headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }, body
    }, init)
  }
  t.match(await run(origin, 'return (await fetch(new Request(new URL("/r", origin), { method: "put", body: "from a request" }))).json()'), {
    method: 'PUT', url: '/r', body: 'from a request'
  })
  t.match(await run(origin, 'return (await fetch(new Request(origin, { method: "post", body: "a" }), { body: "b" })).json()'), { method: 'POST', body: 'b' })
  t.match(await run(origin, 'const f = new FormData(); f.set("a", "1"); return (await fetch(origin, { method: "post", body: f })).json()'), {
    headers: { 'content-type': /^multipart\/form-data; boundary=/ }, body: /name="a"\r\n\r\n1\r\n/
  })
})

t.test('bodies in every form', async t => {
  const bytes = Buffer.from([0xff, 0xfe, 0, 1])
  const { origin } = await startTarget(t, (request, response) => {
    if (request.url === '/bytes') response.end(bytes)
    else if (request.url === '/large') response.end('é'.repeat(1_000_000))
    else if (request.url === '/bom') response.end('\ufefftext')
    else response.writeHead(204).end()
  })
  t.strictSame(await run(origin, 'return [...new Uint8Array(await (await fetch(origin + "/bytes")).arrayBuffer())]'), [...bytes])
  t.strictSame(await run(origin, 'return [...await (await fetch(origin + "/bytes")).bytes()]'), [...bytes])
  t.equal(await run(origin, 'return (await (await fetch(origin + "/bytes")).blob()).size'), 4)
  t.strictSame(await run(origin, 'return [...await (await fetch(origin + "/bom")).bytes()].slice(0, 3)'), [0xef, 0xbb, 0xbf])
  t.equal(await run(origin, 'return await (await fetch(origin + "/bom")).text() === "text"'), true)
  t.equal(await run(origin, 'return await (await fetch(origin + "/large")).text() === "é".repeat(1000000)'), true)
  t.equal(await run(origin, 'const r = await fetch(origin + "/large"); const c = r.clone(); return (await r.text()) === (await c.text())'), true)
  t.strictSame(await run(origin, 'const r = await fetch(origin); return [r.status, r.body, await r.text()]'), [204, null, ''])
  t.strictSame(await run(origin, 'const r = await fetch(origin + "/large", { method: "HEAD" }); return [r.status, r.body]'), [200, null])
  t.match(await run(origin, 'const r = await fetch(origin + "/bytes"); await r.text(); try { await r.text() } catch (e) { return [e.name] }'), ['TypeError'])
})

t.test('a response that comes in parts is read as it comes', async t => {
  const { origin } = await startTarget(t, (request, response) => {
    if (request.url === '/go') {
      waiting?.end('second')
      response.end()
    } else {
      waiting = response
      response.write('first')
    }
  })
  let waiting: { end: (text: string) => void } | undefined
  t.strictSame(await run(origin, `
    const reader = (await fetch(origin)).body.pipeThrough(new TextDecoderStream()).getReader()
    const parts = [(await reader.read()).value]
    await fetch(origin + '/go')
    parts.push((await reader.read()).value, (await reader.read()).done)
    return parts
  `), ['first', 'second', true])
})

t.test('a request is sent as it is written', async t => {
  const { origin } = await startTarget(t, (request, response) => {
    if (request.url !== '/go') return void request.once('data', chunk => {
      got?.(String(chunk))
      void textOf(request).then(rest => response.end(`${request.headers['content-length'] ?? 'chunked'} ${rest}`))
    })
    void arrived.then(text => response.end(text))
  })
  let got: ((text: string) => void) | undefined
  const arrived = new Promise<string>(resolve => { got = resolve })
  t.strictSame(await run(origin, `
    const { readable, writable } = new TransformStream()
    const writer = writable.getWriter()
    const encoder = new TextEncoder()
    const answer = fetch(origin, { method: 'POST', body: readable, duplex: 'half' })
    void writer.write(encoder.encode('first'))
    const seen = await (await fetch(origin + '/go')).text()
    void writer.write(encoder.encode('second')); void writer.close()
    return [seen, await (await answer).text()]
  `), ['first', 'chunked second'])
})

t.test('a large stream there and back', async t => {
  const { origin } = await startTarget(t, (request, response) => { request.pipe(response) })
  const fn = await makeFunction(`export default () => fetch('${origin}', { method: 'POST', duplex: 'half', body: (async function * () {
    for (let i = 0; i < 40; i++) yield String(i % 10).repeat(100_000)
  })() })`)
  const text = await readStream(await call(fn))
  t.equal(text, Array.from({ length: 40 }, (_value, i) => String(i % 10).repeat(100_000)).join(''))
})

t.test('a response is handed on as it is', async t => {
  const { origin } = await startTarget(t, (_request, response) => { response.writeHead(404, { 'x-a': '1', 'content-type': 'text/x' }).end('not here') })
  const result = await call(await makeFunction(`export default () => fetch('${origin}')`))
  t.equal(result.status, 404)
  t.match(Object.fromEntries(result.headers), { 'x-a': '1', 'content-type': 'text/x' })
  t.equal(bodyText(result), 'not here')
})

t.test('redirects', async t => {
  const { origin } = await startTarget(t, (request, response) => {
    if (request.url === '/end') response.end(request.method)
    else response.writeHead(302, { location: '/end' }).end()
  })
  t.strictSame(await run(origin, 'const r = await fetch(origin, { method: "POST", body: "x" }); return [r.url, r.redirected, await r.text()]'), [`${origin}/end`, true, 'GET'])
  t.strictSame(await run(origin, 'const r = await fetch(origin, { redirect: "manual" }); return [r.status, r.headers.get("location")]'), [302, '/end'])
  t.strictSame(await run(origin, 'try { await fetch(origin, { redirect: "error" }) } catch (e) { return [e.name, e.cause.code] }'), ['TypeError', 'redirect_refused'])
})

t.test('it is a global like any other', async t => {
  t.strictSame(await run('', `
    const { name, length } = fetch
    const { enumerable, writable, configurable } = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
    return [name, length, enumerable, writable, configurable, await fetch().catch(e => e.name)]
  `), ['fetch', 1, false, true, true, 'TypeError'])
})
