import t from 'tap'
import { host, startProxied } from '../support/upstream.ts'

t.test('who calls and from where is said by the gateway alone', async t => {
  const { edge, target } = await startProxied(t, (_request, response) => { response.end() }, { plugins: {}, settings: { trustedProxies: [] } })
  const key = edge.addClient('shop', 'prod', 'c1')
  await edge.traffic(host, '/', {
    key,
    headers: {
      authorization: 'Bearer of-the-upstream',
      forwarded: 'for=6.6.6.6',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '1',
      x_forwarded_for: '6.6.6.6',
      'x-real-ip': '6.6.6.6',
      'x-consumer-username': 'shop-prod-admin',
      x_consumer_username: 'shop-prod-admin',
      'x-consumer-groups': 'admins',
      x_consumer_custom_id: '1',
      'x-request-id': 'mine',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'proxy-authorization': 'Basic eA==',
      'x-own': 'kept'
    }
  })
  const { headers } = target.requests[0]!
  t.match(headers, {
    authorization: 'Bearer of-the-upstream',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': host,
    'x-forwarded-proto': 'http',
    forwarded: `for=127.0.0.1;host="${host}";proto=http`,
    'x-consumer-username': 'shop-prod-c1',
    'x-forwarded-request-id': 'mine',
    traceparent: /^00-0af7/,
    via: '1.1 imprun',
    'x-own': 'kept'
  })
  t.match(headers['x-request-id'], /^[0-9A-Za-z]{13,}$/)
  for (const name of ['x-api-key', 'x_forwarded_for', 'x_consumer_username', 'x-consumer-groups', 'x_consumer_custom_id', 'x-real-ip', 'x-forwarded-port', 'proxy-authorization']) {
    t.notOk(name in headers, name)
  }
})

t.test('behind a trusted proxy it is the client that is named', async t => {
  const { edge, target } = await startProxied(t, (_request, response) => { response.end() }, { settings: { trustedProxies: ['127.0.0.0/8'] } })
  await edge.traffic(host, '/', { headers: { 'x-forwarded-for': '6.6.6.6, 198.51.100.7', forwarded: 'for=6.6.6.6' } })
  await edge.traffic(host, '/', { headers: { 'x-forwarded-for': '2001:db8::7' } })
  t.match(target.requests.map(({ headers }) => [headers['x-forwarded-for'], headers.forwarded]), [
    ['198.51.100.7', `for=198.51.100.7;host="${host}";proto=http`], ['2001:db8::7', `for="[2001:db8::7]";host="${host}";proto=http`]
  ])
})

t.test('what is about the connection stays on it', async t => {
  const { edge, target } = await startProxied(t, (_request, response) => { response.end('ok') })
  await edge.raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close, X-Hop, X-Request-Id\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\nTE: trailers\r\nUpgrade: x\r\n\r\n`)
  const { headers } = target.requests[0]!
  for (const name of ['x-hop', 'keep-alive', 'te', 'upgrade']) t.notOk(name in headers, name)
  t.ok(headers['x-request-id'], 'which the gateway says')
})

t.test('what the gateway answers for is not the upstream\'s to say', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeHead(200, {
      'x-request-id': 'theirs',
      'x-imprun-release': '99',
      ratelimit: '"a";r=1',
      'access-control-allow-origin': '*',
      vary: 'accept',
      connection: 'x-hop',
      'x-hop': '1',
      'keep-alive': 'timeout=1',
      'proxy-authenticate': 'Basic',
      'www-authenticate': ['Basic', 'Digest'],
      'x-own': 'kept'
    }).end('ok')
  }, { plugins: { none: {}, 'served-by': {}, cors: { allowOrigins: ['https://a.example'] }, 'limit-count': { count: 5, windowSeconds: 60 } } })
  const { headers } = await edge.traffic(host, '/', { headers: { origin: 'https://a.example' } })
  t.match(headers, {
    'x-imprun-release': '1', 'access-control-allow-origin': 'https://a.example', vary: /^Origin, accept$/i, ratelimit: /^"limit-count";r=4/, 'x-own': 'kept', 'www-authenticate': ['Basic', 'Digest']
  })
  t.not(headers['x-request-id'], 'theirs')
  t.notOk('x-hop' in headers)
  t.notOk('proxy-authenticate' in headers)
})
