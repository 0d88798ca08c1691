import t from 'tap'
import { startEdge } from '../support/edge.ts'

t.test('a release that contradicts itself fails for its own environment, and nobody else', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  edge.addGateway('broken', { plugins: { none: {} }, routes: [{ path: '/users/:id' }, { path: '/users/:name' }] })
  const answer = await edge.traffic('broken.api.localhost', '/users/1')
  t.match(answer, { status: 503, json: { code: 'environment_unusable', requestId: answer.headers['x-request-id'] } })
  t.match(await edge.entry(), { status: 503, code: 'environment_unusable', route: null })
  t.equal((await edge.traffic('shop.api.localhost', '/hello')).status, 200)
})
