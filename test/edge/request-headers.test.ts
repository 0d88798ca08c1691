import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('the key never reaches the function, whatever it came in', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  edge.addGateway('open', { plugins: { none: {} } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  for (const headers of [{ 'x-api-key': key }, { apikey: key }, { authorization: `Bearer ${key}` }, { 'x-api-key': key, apikey: key, authorization: `Bearer ${key}` },
    { 'x-api-key': key, authorization: `Basic ${key}` }, { 'x-api-key': key, authorization: `ApiKey a, ${key}` }]) {
    for (const to of [host, 'open.api.localhost']) {
      const { status, text } = await edge.traffic(to, '/hello', { headers })
      t.equal(status, 200)
      t.notMatch(text, key.slice(9, 41))
    }
  }
})

t.test('other credentials reach it', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  const key = edge.addClient('shop', 'prod', 'mobile')
  const { json } = await edge.traffic(host, '/hello', { key, headers: { authorization: 'Bearer eyJhbGciOi.x.y', cookie: 'a=b' } })
  t.match(json, { headers: { authorization: 'Bearer eyJhbGciOi.x.y', cookie: 'a=b' } })
})

t.test('who calls is said by the gateway alone', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  edge.addGateway('open', { plugins: { none: {} } })
  const key = edge.addClient('shop', 'prod', 'mobile', { name: 'Mobile app' })
  const headers = { 'x-consumer-username': 'shop-prod-admin' }
  t.match((await edge.traffic(host, '/hello', { key, headers })).json, {
    client: { id: 'mobile', name: 'Mobile app' }, headers: { 'x-consumer-username': 'shop-prod-mobile' }
  })
  const { json } = await edge.traffic('open.api.localhost', '/hello', { headers })
  t.notHas((json as { headers: object }).headers, 'x-consumer-username')
})

t.test('headers about the connection, and those that Connection names, stay behind', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  const answer = await edge.raw('GET /hello HTTP/1.1\r\nHost: shop.api.localhost\r\nConnection: close, X-Secret ,x-consumer-username\r\nX-Secret: 1\r\nX-Open: 2\r\n' +
    'TE: trailers\r\nKeep-Alive: 5\r\nProxy-Authorization: Basic eA==\r\n\r\n')
  const { headers } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { headers: Record<string, string> }
  t.strictSame(Object.keys(headers).sort(), ['host', 'x-open', 'x-request-id'])
})

t.test('each request has an id of its own; the client\'s is kept apart; a trace goes on', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  const ids = new Set<string>()
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  for (const path of ['/hello', '/hello', '/nothing', '/a//b']) {
    const { headers, json } = await edge.traffic(host, path, { headers: { 'x-request-id': 'mine', traceparent } })
    const id = String(headers['x-request-id'])
    t.match(id, /^[0-9A-Za-z]{13,}$/)
    ids.add(id)
    t.equal((json as { requestId: string }).requestId, id)
    if (path === '/hello') t.match(json, { headers: { 'x-request-id': id, 'x-forwarded-request-id': 'mine', traceparent } })
  }
  t.equal(ids.size, 4)
})
