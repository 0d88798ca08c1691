import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

const makers = {
  text: `new Response('{"ü":1}')`,
  bytes: `new Response(new TextEncoder().encode('{"ü":1}'))`,
  buffer: `new Response(new TextEncoder().encode('{"ü":1}').buffer)`,
  view: `new Response(new DataView(new TextEncoder().encode('__{"ü":1}__').buffer, 2, 8))`,
  blob: `new Response(new Blob(['{"ü"', ':1}']))`,
  stream: `new Response(new Blob(['{"ü":1}']).stream())`,
  json: `Response.json({ ü: 1 })`,
  iterable: `new Response((async function * () { yield '{"ü"'; yield new TextEncoder().encode(':1}') })())`,
  request: `new Request('https://example.com', { method: 'POST', body: '{"ü":1}' })`
}

for (const [kind, make] of Object.entries(makers)) {
  t.test(`a body of ${kind} can be read in every way, once`, async t => {
    const isolate = createWebIsolate(t)
    t.strictSame(await isolate.run(`
      const make = () => ${make}
      const second = make()
      const unread = second.bodyUsed
      await second.text()
      const again = await Promise.allSettled(['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData'].map(name => second[name]()))
      return [
        await make().text(), await make().json(), [...await make().bytes()], (await make().arrayBuffer()).byteLength, (await make().blob()).size,
        unread, second.bodyUsed, again.map(({ status, reason }) => status + reason.constructor.name)
      ]
    `), ['{"ü":1}', { ü: 1 }, [...Buffer.from('{"ü":1}')], 8, 8, false, true, Array(6).fill('rejectedTypeError')])
  })

  t.test(`a body of ${kind} is a stream of bytes for who asks`, async t => {
    const isolate = createWebIsolate(t)
    t.strictSame(await isolate.run(`
      const message = ${make}
      const chunks = []
      for await (const chunk of message.body) chunks.push(...chunk)
      let clone
      try { message.clone() } catch (error) { clone = error.constructor.name }
      return [new TextDecoder().decode(new Uint8Array(chunks)), message.bodyUsed, message.body instanceof ReadableStream, clone]
    `), ['{"ü":1}', true, true, 'TypeError'])
  })

  t.test(`a body of ${kind} can be cloned before it is read`, async t => {
    const isolate = createWebIsolate(t)
    t.strictSame(await isolate.run(`
      const message = ${make}
      const clone = message.clone()
      const cloneOfClone = clone.clone()
      return [await clone.text(), await message.text(), await cloneOfClone.json(), message.bodyUsed]
    `), ['{"ü":1}', '{"ü":1}', { ü: 1 }, true])
  })
}

t.test('a locked body is unusable until it is released', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const response = new Response('x')
    const reader = response.body.getReader()
    const locked = await response.text().catch(error => error.constructor.name)
    reader.releaseLock()
    return [locked, await response.text()]
  `), ['TypeError', 'x'])
})

t.test('a body that was read has a stream that was read', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const response = new Response('x')
    await response.text()
    const { done } = await response.body.getReader().read()
    return [done, response.bodyUsed]
  `), [true, true])
})

t.test('no body reads as nothing and is never used', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const response = new Response()
    return [await response.text(), (await response.bytes()).length, response.bodyUsed, await response.json().catch(error => error.constructor.name)]
  `), ['', 0, false, 'SyntaxError'])
})

t.test('a byte order mark is no part of the text', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`return [await new Response('\\ufeff{}').text(), await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])).json()]`), ['{}', {}])
})

t.test('bytes are a copy: of what was given, and for who reads them', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const bytes = new Uint8Array([1, 2])
    const response = new Response(bytes)
    const clone = response.clone()
    bytes[0] = 9
    const read = await response.bytes()
    read[1] = 9
    return [[...read], [...await clone.bytes()]]
  `), [[1, 9], [1, 2]])
})

t.test('a stream of anything but bytes fails to be read', async t => {
  const isolate = createWebIsolate(t)
  t.equal(await isolate.run(`
    const stream = new ReadableStream({ start (controller) { controller.enqueue('text'); controller.close() } })
    return await new Response(stream).text().catch(error => error.constructor.name)
  `), 'TypeError')
})

t.test('what a stream fails with is what its reader gets', async t => {
  const isolate = createWebIsolate(t)
  t.equal(await isolate.run(`
    const stream = new ReadableStream({ pull () { throw new Error('broken') } })
    return await new Response(stream).text().catch(error => error.message)
  `), 'broken')
})
