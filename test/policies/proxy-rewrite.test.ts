import { text as textOf } from 'node:stream/consumers'
import t from 'tap'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { startEdge } from '../support/edge.ts'
import { host, startProxied } from '../support/upstream.ts'

const rewrite = {
  path: '/v2/things/:id/:more', query: { set: { lang: 'e n' }, remove: ['debug'] }, headers: { set: { 'X-Api': 'two' }, remove: ['cookie'] }
}

t.test('an upstream is asked for something else, made of the segments that were sent', async t => {
  const { edge, target } = await startProxied(t, (request, response) => {
    void textOf(request).then(body => response.end(JSON.stringify({ method: request.method, url: request.url, host: request.headers.host, api: request.headers['x-api'], cookie: request.headers.cookie, body })))
  }, { plugins: { none: {}, 'proxy-rewrite': { ...rewrite, host: 'inner.example.com', method: 'POST' } }, path: '/things/:id/:more', base: '/base' })
  const ask = async (path: string, init: object = {}) => JSON.parse((await edge.traffic(host, path, init)).text) as object
  t.strictSame(await ask('/things/a%2Fb/c?debug=1&q=%20x&%64ebug=2&lang=de', { headers: { cookie: 'a=b' }, method: 'PUT', body: 'hi' }), {
    method: 'POST', url: '/base/v2/things/a%2Fb/c?q=%20x&lang=e%20n', host: 'inner.example.com', api: 'two', body: 'hi'
  })
  t.match(await ask('/things/a/b', { method: 'OPTIONS' }), { method: 'OPTIONS', url: '/base/v2/things/a/b?lang=e%20n' })
  t.not(target.origin, '')
})

t.test('a function is called for something else, and other policies see what was sent', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { none: {}, 'request-validation': { parameters: [{ name: 'debug', in: 'query', required: true }] } },
    routes: [
      { functionName: 'thing', path: '/things/:id/:more', methods: ['POST'], plugins: { 'proxy-rewrite': { ...rewrite, method: 'GET' } } },
      { functionName: 'other', path: '/other/:id', plugins: { 'proxy-rewrite': { path: '/new/:id/:more', query: { keep: ['a'] } } } }
    ]
  })
  t.match(await edge.traffic(host, '/things/1/2?debug=1', { method: 'POST', body: 'x' }), { json: { method: 'GET', path: '/v2/things/1/2', query: 'lang=e%20n', params: { id: '1', more: '2' }, headers: { 'x-api': 'two' }, body: null } })
  t.match(await edge.traffic(host, '/other/1?debug=1&a=2&b=3'), { json: { path: '/other/1', query: 'a=2' } }, 'what it does not have cannot be put there')
})

t.test('a path that would be refused from a client is refused here', async t => {
  t.strictSame(checkPlugins({ 'proxy-rewrite': { path: '/a/../b' } }, '').map(({ pointer }) => pointer), ['/proxy-rewrite/path'])
})
