import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('named routes are answered without their function, to whom they would be', async t => {
  let calls = 0
  const edge = await startEdge(t, { functions: { list: () => { calls++; return { status: 200, headers: [], body: 'real' } } } })
  edge.addGateway('shop', {
    plugins: { mocking: { routes: { list: { status: 203, headers: { 'X-Mock': 'yes' }, body: { items: [1, 'zwei'] } }, text: { body: 'words' }, nothing: { status: 204 } } }, 'limit-count': { count: 50, windowSeconds: 60 } },
    routes: ['list', 'text', 'nothing', 'other'].map(functionName => ({ functionName, path: `/${functionName}` }))
  })
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.match(await edge.traffic(host, '/list'), { status: 401 })
  t.match(await edge.traffic(host, '/list', { key }), { status: 203, text: '{"items":[1,"zwei"]}', headers: { 'x-mock': 'yes', 'content-type': 'application/json', ratelimit: /r=49/ } })
  t.match(await edge.traffic(host, '/text', { key }), { status: 200, text: 'words', headers: { 'content-type': 'text/plain; charset=utf-8' } })
  t.match(await edge.traffic(host, '/nothing', { key }), { status: 204, text: '' })
  t.match(await edge.traffic(host, '/other', { key }), { status: 200, json: { method: 'GET' } })
  t.equal(calls, 0)
})
