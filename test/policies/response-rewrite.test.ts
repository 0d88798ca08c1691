import t from 'tap'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { startEdge } from '../support/edge.ts'
import { host, startProxied } from '../support/upstream.ts'

const rules = [
  { when: { codes: ['api_key_missing'] }, status: 403, body: 'Please log in.', headers: { set: { 'x-reason': 'key' } } },
  { when: { statuses: [500, 502] }, status: 503, body: { error: 'later' }, headers: { set: { 'retry-after': '5' }, remove: ['x-made-by'] } },
  { headers: { default: { 'x-seen': 'yes' } } }
]

t.test('problems have another status, another body and other headers', async t => {
  const edge = await startEdge(t, { functions: { hello: () => { throw new Error('broken') } } })
  edge.addGateway('shop', { plugins: { 'response-rewrite': { rules } } })
  const answer = await edge.traffic(host, '/hello')
  t.match(answer, { status: 403, text: 'Please log in.', headers: { 'content-type': 'text/plain; charset=utf-8', 'x-reason': 'key', 'x-request-id': /\S/ } })
  t.match(await edge.entry(), { status: 403, code: 'api_key_missing', bodyBytes: 14 })
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.match(await edge.traffic(host, '/hello', { key }), { status: 503, json: { error: 'later' }, headers: { 'retry-after': '5' } })
  t.match(await edge.traffic(host, '/nothing', { key }), { status: 404, json: { code: 'route_not_found' }, headers: { 'x-seen': 'yes' } })
})

t.test('answers of functions and upstreams keep their bodies', async t => {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 500, headers: [['x-made-by', 'me']], body: 'mine' }), empty: () => ({ status: 204, headers: [], body: null }) } })
  edge.addGateway('shop', { plugins: { none: {}, 'response-rewrite': { rules: [...rules.slice(0, 2), { status: 200 }] } }, routes: [{ path: '/hello' }, { functionName: 'empty', path: '/empty' }] })
  const answer = await edge.traffic(host, '/hello')
  t.match(answer, { status: 503, text: 'mine', headers: { 'retry-after': '5' } })
  t.notHas(answer.headers, 'x-made-by')
  t.match(await edge.traffic(host, '/empty'), { status: 204, text: '' })
  const { edge: proxy } = await startProxied(t, (_request, response) => { response.writeHead(502, { 'x-made-by': 'me' }).end('theirs') }, { plugins: { none: {}, 'response-rewrite': { rules } } })
  t.match(await proxy.traffic(host, '/a'), { status: 503, text: 'theirs', headers: { 'retry-after': '5' } })
  t.match(await proxy.entry(), { status: 503 })
})

t.test('a status that says that there is no body is not to be had', async t => {
  t.strictSame(checkPlugins({ 'response-rewrite': { rules: [{ status: 204 }, { body: 'x'.repeat(20_000) }] } }, '').map(({ pointer }) => pointer), ['/response-rewrite/rules/0/status', '/response-rewrite/rules/1/body'])
})
