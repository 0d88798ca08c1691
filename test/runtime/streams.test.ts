import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('a stream is pulled as it is read, and no further', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    let pulled = 0, cancelled
    const stream = new ReadableStream({ pull (c) { c.enqueue(pulled++) }, cancel (reason) { cancelled = reason } }, { highWaterMark: 0 })
    const reader = stream.getReader()
    const read = [(await reader.read()).value, (await reader.read()).value]
    await reader.cancel('enough')
    return [read, pulled, cancelled, (await reader.read()).done]
  `), [[0, 1], 2, 'enough', true])
})

t.test('a stream goes through a transform into a sink', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const chunks = []
    await ReadableStream.from([1, 2, 3])
      .pipeThrough(new TransformStream({ transform (chunk, c) { if (chunk !== 2) c.enqueue(chunk * 10) }, flush (c) { c.enqueue('end') } }))
      .pipeTo(new WritableStream({ write (chunk) { chunks.push(chunk) }, close () { chunks.push('closed') } }))
    return chunks
  `), [10, 30, 'end', 'closed'])
})

t.test('both branches of a tee get it all', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const all = async stream => { const list = []; for await (const chunk of stream) list.push(chunk); return list }
    const [a, b] = ReadableStream.from(['x', 'y']).tee()
    return await Promise.all([all(a), all(b)])
  `), [['x', 'y'], ['x', 'y']])
})

t.test('a stream of bytes fills the reader\'s own buffer', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const stream = new ReadableStream({ type: 'bytes', start (c) { c.enqueue(new Uint8Array([1, 2, 3])); c.close() } })
    const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(2))
    return [...value]
  `), [1, 2])
})

t.test('text streams carry characters over the ends of chunks', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const all = async stream => { const list = []; for await (const chunk of stream) list.push(chunk); return list }
    const bytes = ReadableStream.from([new Uint8Array([0x61, 0xe2]), new Uint8Array([0x82, 0xac])])
    const encoded = await all(ReadableStream.from(['\\ud83d', '\\ude00']).pipeThrough(new TextEncoderStream()))
    const fatal = await all(ReadableStream.from([new Uint8Array([0xff])]).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))).catch(error => error.constructor.name)
    return [(await all(bytes.pipeThrough(new TextDecoderStream()))).join(''), encoded.flatMap(chunk => [...chunk]), fatal, await all(new Response('€').textStream())]
  `), ['a€', [240, 159, 152, 128], 'TypeError', ['€']])
})

t.test('the signal of a sink tells when it is aborted', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    let signal
    const sink = new WritableStream({ start (c) { signal = c.signal } })
    await sink.abort('why')
    return [signal instanceof AbortSignal, signal.aborted, signal.reason]
  `), [true, true, 'why'])
})
