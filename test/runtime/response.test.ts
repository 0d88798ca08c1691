import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('a response has the status, headers and type of body that it was given', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const show = r => [r.status, r.ok, r.statusText, r.type, [...r.headers], r.body === null]
    return [
      show(new Response()),
      show(new Response('text', { status: 404, statusText: 'Gone', headers: { 'x-a': '1' } })),
      show(new Response('<p>', { headers: { 'Content-Type': 'text/html' } })),
      show(new Response(new Uint8Array(1))),
      show(new Response(new URLSearchParams('a=b'))),
      show(new Response(new Blob(['x'], { type: 'image/png' }))),
      show(new Response(null, { status: 204 }))
    ]
  `), [
    [200, true, '', 'default', [], true],
    [404, false, 'Gone', 'default', [['content-type', 'text/plain;charset=UTF-8'], ['x-a', '1']], false],
    [200, true, '', 'default', [['content-type', 'text/html']], false],
    [200, true, '', 'default', [], false],
    [200, true, '', 'default', [['content-type', 'application/x-www-form-urlencoded;charset=UTF-8']], false],
    [200, true, '', 'default', [['content-type', 'image/png']], false],
    [204, true, '', 'default', [], true]
  ])
})

t.test('Response.json serialises, and refuses what has no JSON', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const response = Response.json({ a: [1, 'ü'] }, { status: 201, headers: { 'x-a': '1' } })
    const own = Response.json({}, { headers: { 'content-type': 'application/problem+json' } })
    const refused = [undefined, () => {}, 1n].map(value => { try { Response.json(value) } catch (error) { return error.constructor.name } })
    return [response.status, [...response.headers], await response.text(), own.headers.get('content-type'), refused, await Response.json(null).json()]
  `), [201, [['content-type', 'application/json'], ['x-a', '1']], '{"a":[1,"ü"]}', 'application/problem+json', ['TypeError', 'TypeError', 'TypeError'], null])
})

t.test('Response.redirect takes a whole URL and a status of redirection', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const response = Response.redirect('https://example.com/ü', 303)
    const refused = [['/relative'], ['https://example.com', 200]].map(args => { try { Response.redirect(...args) } catch (error) { return error.constructor.name } })
    let immutable
    try { response.headers.set('a', 'b') } catch (error) { immutable = error.constructor.name }
    return [response.status, response.headers.get('location'), refused, immutable]
  `), [303, 'https://example.com/%C3%BC', ['TypeError', 'RangeError'], 'TypeError'])
})

t.test('Response.error is a network error', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run('const r = Response.error(); return [r.type, r.status, r.ok, r.body]'), ['error', 0, false, null])
})

t.test('a status out of range, a bad reason and a body where there is none are refused', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const attempts = [() => new Response('', { status: 199 }), () => new Response('', { status: 600 }), () => new Response('', { statusText: 'a\\nb' }), () => new Response('x', { status: 204 }), () => Response('x')]
    return attempts.map(attempt => { try { attempt() } catch (error) { return error.constructor.name } })
  `), ['RangeError', 'RangeError', 'TypeError', 'TypeError', 'TypeError'])
})

t.test('it is a Response to instanceof and may be extended', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    class Html extends Response {
      constructor (text) { super(text, { headers: { 'content-type': 'text/html' } }) }
    }
    const html = new Html('<p>')
    return [html instanceof Response, html.headers instanceof Headers, await html.text(), Response.name, Object.prototype.toString.call(html)]
  `), [true, true, '<p>', 'Response', '[object Response]'])
})
