import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('a global can be replaced before and after it is touched, and deleted', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(isolate.evaluate(`
    globalThis.URL = 'own'; Response = 'sloppy'; (() => { 'use strict'; Blob = 'strict' })()
    void Headers; globalThis.Headers = 'after'
    delete globalThis.Request
    ;[URL, Response, Blob, Headers, typeof Request, Object.getOwnPropertyDescriptor(globalThis, 'URL').writable]
  `), ['own', 'sloppy', 'strict', 'after', 'undefined', true])
  t.strictSame(isolate.loaded, ['fetch'])
})

t.test('a script may declare the name of a global as its own', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(isolate.evaluate('class URL {}; const Response = 1; function Headers () {} var Blob = 2; [new URL() instanceof URL, Response, typeof Headers, Blob]'), [true, 1, 'function', 2])
  t.strictSame(isolate.loaded, [])
})

t.test('what is built on a replaced global still works', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    for (const name of ['URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'ReadableStream', 'AbortController', 'AbortSignal', 'Blob', 'File', 'DOMException', 'Headers', 'console', 'setTimeout', 'atob', 'queueMicrotask']) {
      globalThis[name] = () => { throw new Error(name) }
    }
    const request = new Request('https://example.com/ü', { method: 'POST', body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    const response = Response.json({ url: request.url, form: [...await request.formData()], aborted: request.signal.aborted })
    let error
    try { structuredClone(() => 1) } catch (thrown) { error = thrown.name }
    return [await response.json(), error, (await new Response('x').blob()).size]
  `), [{ url: 'https://example.com/%C3%BC', form: [['a', '1']], aborted: false }, 'DataCloneError', 1])
})

t.test('an object that inherits from the global object gets a property of its own', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(isolate.evaluate('const heir = Object.create(globalThis); heir.URL = 1; [heir.URL, Object.hasOwn(heir, "URL"), typeof URL]'), [1, true, 'function'])
})
