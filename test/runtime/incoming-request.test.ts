import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

const parts = `{ method: 'POST', url: 'https://shop.example.com/a b?x=1', headers: { accept: 'text/html', 'x-many': ['1', '2'], cookie: ['a=1', 'b=2'] }, body: 'téxt' }`

t.test('a request that came in is a Request in every respect', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const request = harness.createRequest(${parts})
    const clone = request.clone()
    let immutable
    try { request.headers.set('a', 'b') } catch (error) { immutable = error.constructor.name }
    return [request instanceof Request, request.method, request.url, [...request.headers], await request.text(), await clone.text(), immutable, request.bodyUsed, request.signal instanceof AbortSignal]
  `), [true, 'POST', 'https://shop.example.com/a%20b?x=1', [['accept', 'text/html'], ['cookie', 'a=1; b=2'], ['x-many', '1, 2']], 'téxt', 'téxt', 'TypeError', true, true])
})

t.test('its body may be bytes, or none', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const make = body => harness.createRequest({ method: 'PUT', url: 'https://example.com/', headers: { 'content-type': 'application/json' }, body })
    const none = make(null)
    return [[...await make(new Uint8Array([1, 255]).buffer).bytes()], none.body, await none.text(), await make('{"a":1}').json(), (await make('x').blob()).type]
  `), [[1, 255], null, '', { a: 1 }, 'application/json'])
})

t.test('it can be the beginning of another one', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const request = harness.createRequest(${parts})
    const forwarded = new Request(request, { headers: { own: '1' } })
    forwarded.headers.set('more', '2')
    const elsewhere = new Request('https://other.example', harness.createRequest(${parts}))
    return [forwarded.url, [...forwarded.headers], await forwarded.text(), request.bodyUsed, elsewhere.method, await elsewhere.text()]
  `), ['https://shop.example.com/a%20b?x=1', [['more', '2'], ['own', '1']], 'téxt', true, 'POST', 'téxt'])
})

t.test('aborting it from outside reaches its listeners, its clones and its followers', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const request = harness.createRequest(${parts})
    const clone = request.clone(), any = AbortSignal.any([request.signal])
    let heard = 0
    request.signal.addEventListener('abort', () => heard++)
    harness.abortRequest(request); harness.abortRequest(request, 'again'); harness.abortRequest({}); harness.abortRequest(clone)
    return [request.signal.aborted, request.signal.reason.name, heard, clone.signal.aborted, any.aborted]
  `), [true, 'AbortError', 1, true, true])
})

t.test('its URL is what the parser makes of it, whether that was asked or not', async t => {
  const isolate = createWebIsolate(t)
  const urls = ['https://shop.api.localhost:8080/users/7?full=1&x=a%20b', 'http://example.com/', 'http://example.com/a/./b', 'http://example.com/./a', 'http://example.com/a/%2E%2e/b',
    'http://example.com/a?b=/../c', 'http://EXAMPLE.com/', 'HTTP://example.com/', 'http://example.com:80/', 'http://example.com:443/', 'https://example.com:0443/', 'http://example.com:65536/',
    'http://127.1/', 'http://0x7f.1/', 'http://1e3/', 'http://a.b.0/', 'http://[::1]:8080/', 'http://example.com', 'http://example.com?x', 'http://user@example.com/', 'http://example.com/a b', 'http://example.com/ü?ü',
    'http://example.com/"<>`{}^|', "http://example.com/?'a'", 'http://example.com/a\\b', 'http://example.com/a#b', 'http://xn--bcher-kva.example/', 'http://example.com//a//', 'http://example.com/.well-known/x', 'http://example.com/\n']
  for (const url of urls) {
    t.ok(await isolate.run(`
      const url = ${JSON.stringify(url)}
      const get = make => { try { return make() } catch (error) { return error.constructor.name } }
      return get(() => harness.createRequest({ method: 'GET', url, headers: {}, body: null }).url) === get(() => new URL(url).href)
    `), url)
  }
})

t.test('the common URL is not parsed to be shown', async t => {
  const isolate = createWebIsolate(t)
  t.equal(isolate.evaluate(`harness.createRequest({ method: 'GET', url: 'https://shop.api.localhost:8080/users/7?full=1', headers: {}, body: null }).url`), 'https://shop.api.localhost:8080/users/7?full=1')
  t.notOk(isolate.loaded.includes('url'))
})
