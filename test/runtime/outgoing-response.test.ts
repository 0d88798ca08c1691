import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('a response of text or bytes is taken apart at once', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(isolate.evaluate(`
    const response = new Response('téxt', { status: 201, headers: [['Set-Cookie', 'a=1'], ['set-cookie', 'b=2'], ['X-A', '1'], ['x-a', '2']] })
    const parts = harness.readResponse(response)
    ;[parts, response.bodyUsed, harness.readResponse(Response.json({ a: 1 })), harness.readResponse(new Response(new Uint8Array([1]))), harness.readResponse(new Response(null, { status: 204 })), harness.readResponse(new Response(new Blob(['x'])))]
  `), [
    { status: 201, headers: [['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['X-A', '1, 2'], ['content-type', 'text/plain;charset=UTF-8']], body: 'téxt' },
    true,
    { status: 200, headers: [['content-type', 'application/json']], body: '{"a":1}' },
    { status: 200, headers: [], body: new Uint8Array([1]) },
    { status: 204, headers: [], body: null },
    { status: 200, headers: [], body: new Uint8Array([120]) }
  ])
})

t.test('a response with a stream gives a reader', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    let cancelled
    const stream = () => new ReadableStream({ pull (c) { c.enqueue(new Uint8Array([1])) }, cancel (reason) { cancelled = reason } })
    const { body } = harness.readResponse(new Response(stream()))
    const first = await body.read()
    await body.cancel('client left')
    const finite = harness.readResponse(new Response((async function * () { yield 'a' })())).body
    return [[...first], cancelled, [...await finite.read()], await finite.read(), await finite.read()]
  `), [[1], 'client left', [97], undefined, undefined])
})

t.test('a chunk that is no bytes, and what the stream throws, reject', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const read = async source => await harness.readResponse(new Response(new ReadableStream(source))).body.read().catch(error => error.constructor.name + error.message)
    return [await read({ start (c) { c.enqueue('text') } }), await read({ pull () { throw new RangeError('mine') } })]
  `), ['TypeErrorA chunk of the body is not a Uint8Array', 'RangeErrormine'])
})

t.test('a body that was read, or is being read, is refused', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const read = new Response('x'); await read.text()
    const locked = new Response('x'); locked.body.getReader()
    const twice = new Response('x'); harness.readResponse(twice)
    return [read, locked, twice].map(response => { try { harness.readResponse(response) } catch (error) { return error.constructor.name } })
  `), ['TypeError', 'TypeError', 'TypeError'])
})

t.test('only what the class made is a response', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(isolate.evaluate('[harness.isResponse({}), harness.isResponse(undefined)]'), [false, false])
  t.strictSame(isolate.loaded, [])
  t.strictSame(isolate.evaluate(`
    const fake = Object.create(Response.prototype)
    const look = { status: 200, headers: new Headers(), text: async () => '', [Symbol.toStringTag]: 'Response' }
    Object.defineProperty(Response, Symbol.hasInstance, { value: () => true })
    class Own extends Response {}
    ;[fake, look, new Proxy(new Response(), {}), null, 'x', Response, new Response(), new Own(), Response.json(1)].map(value => harness.isResponse(value))
  `), [false, false, false, false, false, false, true, true, true])
})
