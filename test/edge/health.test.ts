import t from 'tap'
import { startEdge } from '../support/edge.ts'

t.test('on an address or another host that is no gateway\'s', async t => {
  const edge = await startEdge(t, { empty: true })
  t.match(await edge.traffic('localhost', '/readyz'), { status: 503, json: { code: 'not_ready' } })
  edge.addGateway('shop', { plugins: { none: {} } })
  for (const host of ['localhost', '127.0.0.1', '[::1]:8080', 'example.com']) {
    t.match(await edge.traffic(host, '/healthz'), { status: 200, json: { status: 'ok' } }, host)
    t.match(await edge.traffic(host, '/readyz?x'), { status: 200, json: { status: 'ready' } }, host)
    t.match(await edge.traffic(host, '/healthz', { method: 'POST' }), { status: 404 })
  }
  t.match(await edge.traffic('shop.api.localhost', '/healthz'), { status: 404, json: { code: 'route_not_found' } }, 'a gateway\'s paths are its own')
})

t.test('what cannot take changes says so, and is ready for requests', async t => {
  const edge = await startEdge(t)
  edge.writing.trouble = 'replica_unwritable'
  t.match(await edge.traffic('localhost', '/readyz'), { status: 200, text: '{"status":"ready","trouble":"replica_unwritable"}' })
  edge.writing.trouble = null
  t.match(await edge.traffic('localhost', '/readyz'), { status: 200, text: '{"status":"ready"}' })
})
