import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('a request has a normalised method and URL, headers and a body', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const request = new Request('https://example.com/a b?q#f', { method: 'post', headers: { 'X-A': '1' }, body: 'text' })
    return [request.method, request.url, [...request.headers], await request.text(), request.bodyUsed, request.redirect, request instanceof Request, new Request('https://example.com', { method: 'patch' }).method]
  `), ['POST', 'https://example.com/a%20b?q#f', [['content-type', 'text/plain;charset=UTF-8'], ['x-a', '1']], 'text', true, 'follow', true, 'patch'])
})

t.test('a request is made of another one, whose body goes with it', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const first = new Request('https://example.com/', { method: 'PUT', headers: { a: '1' }, body: 'text' })
    const second = new Request(first, { headers: { b: '2' } })
    const read = await second.text()
    const third = await Promise.resolve().then(() => new Request(first)).catch(error => error.constructor.name)
    return [second.method, [...second.headers], read, first.bodyUsed, third]
  `), ['PUT', [['b', '2']], 'text', true, 'TypeError'])
})

t.test('what is no request is refused', async t => {
  const isolate = createWebIsolate(t)
  const attempts = [`'/relative'`, `'https://user:p@example.com'`, `'https://example.com', { method: 'a b' }`, `'https://example.com', { method: 'TRACE' }`,
    `'https://example.com', { body: 'x' }`, `'https://example.com', { method: 'POST', body: new ReadableStream() }`, `'https://example.com', { mode: 'navigate' }`,
    `'https://example.com', { redirect: 'sideways' }`, `'https://example.com', { headers: { 'a b': '1' } }`, `'https://example.com', { signal: {} }`]
  for (const attempt of attempts) {
    t.equal(await isolate.run(`try { new Request(${attempt}) } catch (error) { return error.constructor.name }`), 'TypeError', attempt)
  }
})

t.test('the signal of a request follows the one that it was given', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const controller = new AbortController()
    const request = new Request('https://example.com', { signal: controller.signal })
    const clone = request.clone()
    const before = request.signal.aborted
    controller.abort('enough')
    return [before, request.signal.aborted, request.signal.reason, clone.signal.aborted, request.signal === controller.signal, new Request('https://example.com').signal.aborted]
  `), [false, true, 'enough', true, false, false])
})
