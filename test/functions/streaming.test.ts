import { once } from 'node:events'
import t from 'tap'
import { startEgress, startTarget } from '../support/egress.ts'
import { chunksOf, makeFunction, readStream, startFunctions, streamOf } from '../support/functions.ts'

const egress = await startEgress(t)
const { call, line, lines } = await startFunctions(t, { egressSocket: egress.socketPath })

t.test('whatever can be iterated or streamed goes out in its order', async t => {
  const chunks: Record<string, [expression: string, text: string]> = {
    'a generator of text': ['(async function * () { yield "a"; await null; yield "é"; yield ""; yield "😀" })()', 'aé😀'],
    'a generator of bytes': ['(async function * () { yield new Uint8Array([104]); yield new Uint16Array([105]).buffer; yield new Uint8Array(0) })()', 'hi\0'],
    'large chunks': ['(async function * () { yield "é😀".repeat(200_000); yield new Uint8Array(1_000_000).fill(97) })()', 'é😀'.repeat(200_000) + 'a'.repeat(1_000_000)],
    'many chunks': ['(async function * () { for (let i = 0; i < 20_000; i++) yield "x" })()', 'x'.repeat(20_000)],
    'half a character': ['(async function * () { yield "\\ud83d"; yield "x\\ud83d".repeat(20_000) })()', '\ufffd' + 'x\ufffd'.repeat(20_000)],
    'a stream': ['new ReadableStream({ start (c) { c.enqueue("a"); c.enqueue(new Uint8Array([98])); c.close() } })', 'ab'],
    'nothing': ['(async function * () {})()', ''],
    'an iterator by hand': ['({ [Symbol.asyncIterator]: () => { let n = 0; return { next: () => n++ < 3 ? { value: String(n) } : { done: true } } } })', '123']
  }
  for (const [name, [expression, text]] of Object.entries(chunks)) {
    const result = await call(await makeFunction(`export default () => ${expression}`))
    t.strictSame([result.status, result.headers], [200, [['content-type', 'text/plain; charset=utf-8']]], name)
    t.equal(await readStream(result), text, name)
  }
  const generator = await makeFunction('export default async function * (ctx) { yield ctx.path }')
  t.equal(await readStream(await call(generator)), '/hello', 'a function that is a generator')
})

t.test('a Response says how it is to be read', async t => {
  const fn = await makeFunction(`export default () => {
    const stream = new ReadableStream({ start (c) { c.enqueue(new TextEncoder().encode('data: 1\\n\\n')); c.close() } })
    return new Response(stream, { status: 201, headers: { 'content-type': 'text/event-stream', 'content-length': '7' } })
  }`)
  const result = await call(fn)
  t.strictSame([result.status, result.headers], [201, [['content-type', 'text/event-stream']]])
  t.equal(await readStream(result), 'data: 1\n\n')
})

t.test('a chunk goes out when it is written', async t => {
  let go: { end: (text: string) => void } | undefined
  const target = await startTarget(t, (_request, response) => { go = response })
  const fn = await makeFunction(`export default async function * () {
    yield 'first'
    yield await (await fetch('${target.origin}')).text()
  }`)
  const { next } = chunksOf(await call(fn))
  t.equal(await next(), 'first')
  if (target.requests.length === 0) await once(target.server, 'request')
  go?.end('second')
  t.equal(await next(), 'second', 'and the next one only when the function could go on')
  t.equal(await next(), undefined)
})

t.test('the head goes out before there is anything else', async t => {
  const result = await call(await makeFunction('export default () => new Response(new ReadableStream(), { headers: { x: "1" } })', { timeoutMs: 200 }))
  t.strictSame(result.headers, [['x', '1']])
  streamOf(result).destroy()
})

t.test('what is thrown before the first turn ends is an error like any other', async t => {
  await t.rejects(call(await makeFunction('export default async function * () { throw new Error("at once") }')), { code: 'function_failed' })
  await t.rejects(call(await makeFunction('export default () => new Response(new ReadableStream({ pull () { throw new Error("broken") } }))')), { code: 'function_failed' })
  await t.rejects(call(await makeFunction('export default async function * () { yield {} }')), { code: 'function_failed' })
  t.equal((await call(await makeFunction('export default async function * () { throw new Response("no", { status: 402 }) }'))).status, 402)
})

t.test('what is thrown later cuts the answer off', async t => {
  lines.length = 0
  const fn = await makeFunction(`let go
  async function * parts () { yield 'some'; await new Promise(resolve => { go = resolve }); throw new Error('late') }
  export default ctx => ctx.path === '/go' ? go() : parts()`)
  const { next } = chunksOf(await call(fn))
  t.equal(await next(), 'some')
  await call(fn, { path: '/go' })
  await t.rejects(next(), { code: 'function_failed' })
  t.match(await line(({ message }) => message.includes('while its response was being sent')), { requestId: 'req-1', fields: { errorMessage: 'late' } })
})

t.test('a loop in the middle of a stream is stopped, and cuts it off', async t => {
  const result = await call(await makeFunction('export default async function * () { yield "some"; await new Promise(r => setTimeout(r, 1)); for (;;); }'))
  await t.rejects(readStream(result), { code: 'function_timeout' })
})

t.test('who leaves ends the function: cancel, return, and the signal', async t => {
  const sources: Record<string, string> = {
    'a generator': '(async function * () { try { for (;;) { yield "x".repeat(10_000) } } finally { console.log("returned") } })()',
    'a stream': 'new Response(new ReadableStream({ pull (c) { c.enqueue(new Uint8Array(10_000)) }, cancel () { console.log("returned") } }))'
  }
  for (const [name, source] of Object.entries(sources)) {
    lines.length = 0
    const { next, leave } = chunksOf(await call(await makeFunction(`export default ctx => {
      ctx.request.signal.addEventListener('abort', () => console.log('aborted'))
      return ${source}
    }`)))
    await next()
    leave()
    await line(({ message }) => message === 'aborted')
    await line(({ message }) => message === 'returned')
    t.pass(name)
  }
})

t.test('a source that will not end is told, and forgotten', async t => {
  lines.length = 0
  const fn = await makeFunction(`export default ctx => ctx.path === '/fine' ? 'fine' : new Response(new ReadableStream({
    pull (c) { c.enqueue(new Uint8Array(100)) }, cancel () { throw new Error('no') }
  }))`)
  const { next, leave } = chunksOf(await call(fn))
  await next()
  leave()
  await line(({ message }) => message.includes('nobody wants any more'))
  t.equal((await call(fn, { path: '/fine' })).body, 'fine')
})

t.test('a slow reader holds the function back', async t => {
  const fn = await makeFunction(`let made = 0
  export default ctx => ctx.path === '/made' ? String(made) : (async function * () {
    for (; made < 1_000; made++) yield 'x'.repeat(10_000)
  })()`)
  const stream = streamOf(await call(fn))
  let seen = -1
  // Two answers of the same isolate with nothing made between them, and nothing can be made any more.
  for (let now = 0; now !== seen; now = Number((await call(fn, { path: '/made' })).body)) seen = now
  t.ok(seen > 0 && seen < 100, `${seen} chunks were made`)
  t.ok(stream.readableLength <= 128 * 1024)
  let bytes = 0
  for await (const chunk of stream) bytes += (chunk as Buffer).length
  t.equal(bytes, 10_000_000)
})

t.test('streams go on side by side', async t => {
  const fn = await makeFunction(`export default async function * ({ path }) { for (let i = 0; i < 30; i++) { yield path; if (i % 10 === 0) await new Promise(r => setTimeout(r, 1)) } }`)
  const texts = await Promise.all(Array.from({ length: 20 }, async (_value, n) => await readStream(await call(fn, { path: `/${n}.` }))))
  t.strictSame(texts, Array.from({ length: 20 }, (_value, n) => `/${n}.`.repeat(30)))
})

t.test('tampered built-ins break nobody else', async t => {
  for (const tampering of ['Promise.prototype.then = () => { throw 1 }', 'Object.prototype.done = true', 'Symbol.asyncIterator.x; Array.prototype[Symbol.iterator] = undefined',
    'Uint8Array.prototype.subarray = () => "x"', 'JSON.parse = JSON.stringify = () => { throw 1 }', 'String.prototype.charCodeAt = () => -1e9']) {
    const fn = await makeFunction(`${tampering}\nexport default async function * () { yield 'text'; yield new Uint8Array([1, 2]) }`)
    await call(fn).then(readStream, () => '')
    t.equal((await call(await makeFunction('export default () => "fine"'))).body, 'fine', tampering)
  }
})
