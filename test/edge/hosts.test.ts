import t from 'tap'
import { startEdge } from '../support/edge.ts'

t.test('the host alone chooses gateway and environment', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  edge.addGateway('blog', { plugins: { none: {} }, defaultEnvironment: 'dev' })
  const environmentOf = async (host: string): Promise<unknown> => {
    const { json } = await edge.traffic(host, '/hello')
    return (json as { fn: string }).fn.split('/')[0]
  }
  t.equal(await environmentOf('shop.api.localhost'), 'shop-prod')
  t.equal(await environmentOf('shop-dev.api.localhost'), 'shop-dev')
  t.equal(await environmentOf('shop-prod.api.localhost'), 'shop-prod')
  t.equal(await environmentOf('blog.api.localhost'), 'blog-dev')
  t.equal(await environmentOf(`SHOP-Dev.Api.LOCALHOST:${edge.port}`), 'shop-dev', 'neither case nor port matters')
})

t.test('a host that is no gateway and no environment of one is unknown', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  for (const host of ['other.api.localhost', 'shop-staging.api.localhost', 'localhost', 'example.com', 'a.shop.api.localhost', '127.0.0.1']) {
    const { status, json, headers } = await edge.traffic(host, '/hello')
    t.equal(status, 404, host)
    t.equal(headers['content-type'], 'application/problem+json')
    t.match(json, { code: 'host_unknown', status: 404, requestId: headers['x-request-id'] })
  }
})

t.test('before anything has been received no host is said to be unknown', async t => {
  const edge = await startEdge(t, { empty: true })
  t.match(await edge.traffic('shop.api.localhost', '/hello'), { status: 503, json: { code: 'not_ready' } })
  edge.addGateway('shop', { plugins: { none: {} } })
  t.equal((await edge.traffic('shop.api.localhost', '/hello')).status, 200)
})
