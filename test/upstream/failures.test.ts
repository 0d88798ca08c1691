import t from 'tap'
import { startDns } from '../support/dns.ts'
import { startTarget } from '../support/egress.ts'
import { startEdge } from '../support/edge.ts'
import { freePorts } from '../support/ports.ts'
import { converse, host, startProxied, startProxy, startRawTarget } from '../support/upstream.ts'

t.test('an upstream that cannot be reached is said to be so, and why to the owner alone', async t => {
  const [port] = await freePorts(1)
  const edge = await startProxy(t, `http://127.0.0.2:${port}`)
  const answer = await edge.traffic(host, '/a?secret')
  t.match(answer, { status: 502, headers: { 'content-type': 'application/problem+json' }, json: { code: 'upstream_unreachable', status: 502, requestId: String } })
  t.notMatch(answer.text, /127\.0\.0\.2|refused/)
  t.match(await edge.entry(), { status: 502, code: 'upstream_unreachable', upstream: 'origin', functionName: 'proxied' })
  t.match(edge.told, [{
    gatewayId: 'shop', environment: 'prod', functionName: 'proxied', versionId: 'v1', level: 'error', message: `The upstream origin: the connection to 127.0.0.2:${port} was refused`, fields: { upstream: 'origin' }
  }])
})

t.test('addresses that are not public are refused, in every spelling and behind every name', async t => {
  const inside = await startTarget(t, undefined, { host: '127.0.0.1' })
  const dns = await startDns(t, name => name === 'inside.example' ? ['127.0.0.1'] : [])
  const { port } = inside
  const urls = [
    `http://127.0.0.1:${port}`, `http://localhost:${port}`, `http://2130706433:${port}`, `http://0x7f.1:${port}`, `http://[::ffff:127.0.0.1]:${port}`, `http://[::1]:${port}`,
    `http://0:${port}`, `http://inside.example:${port}`, 'http://nowhere.example', 'http://169.254.169.254/latest', 'http://10.0.0.1', 'http://127.0.0.2:22'
  ]
  const edge = await startEdge(t, { upstreamDns: [dns.address] })
  edge.addGateway('shop', {
    plugins: { none: {} },
    upstreams: Object.fromEntries(urls.map((url, index) => [`u${index}`, { url, timeouts: { connectMs: 2_000, firstByteMs: 2_000, totalMs: 2_000 } }])),
    routes: urls.map((_, index) => ({ functionName: `f${index}`, path: `/${index}`, upstream: { name: `u${index}` } }))
  })
  for (const [index, url] of urls.entries()) t.match(await edge.traffic(host, `/${index}`), { status: 502, json: { code: 'upstream_unreachable' } }, url)
  t.equal(inside.sockets.length, 0)
})

t.test('what an environment does not have cannot be asked', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ functionName: 'a', path: '/a', methods: ['GET', 'POST'], upstream: { name: 'constructor' } }] })
  t.match(await edge.traffic(host, '/a', { method: 'POST', body: { a: 1 } }), { status: 503, json: { code: 'upstream_missing' } })
  t.match(await edge.entry(), { status: 503, code: 'upstream_missing', upstream: 'constructor' })
  t.match(edge.told, [{ message: 'The upstream constructor: prod does not have it', fields: { code: 'upstream_missing' } }])
})

t.test('an upstream that says nothing in time is given up', async t => {
  const { edge, target } = await startProxied(t, request => { request.resume() }, { timeouts: { firstByteMs: 20 } })
  t.match(await edge.traffic(host, '/'), { status: 504, json: { code: 'upstream_timeout' } })
  await target.disconnected()
  t.match(edge.told, [{ message: /sent no response within 20 ms$/ }])
})

t.test('so is one whose answer has no end, even after its head', async t => {
  const { edge, target } = await startProxied(t, (request, response) => {
    if (request.url === '/silent') request.resume()
    else response.write('some')
  }, { timeouts: { totalMs: 100 } })
  t.match(await edge.traffic(host, '/silent'), { status: 504, json: { code: 'upstream_timeout' } })
  t.match(await edge.entry(), { status: 504, code: 'upstream_timeout' })
  const { closed, received } = await converse(edge, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await closed
  t.match(received(), /some/)
  t.notMatch(received(), /\r\n0\r\n\r\n/)
  t.match(await edge.entry(), { status: 200, code: 'upstream_timeout', bodyBytes: 4 })
  await target.disconnected()
})

t.test('a failure in the middle of an upload is answered, and ends the connection', async t => {
  const edge = await startProxy(t, await startRawTarget(t, socket => socket.once('data', () => socket.resetAndDestroy())))
  const { closed, received } = await converse(edge, `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n`)
  await closed
  t.match(received(), /^HTTP\/1\.1 502 [^]*connection: close[^]*upstream_failed/i)
  t.match(await edge.entry(), { status: 502, code: 'upstream_failed' })
})

t.test('a request that goes round in a circle comes to an end', async t => {
  const edge = await startEdge(t, { upstreamAllow: ['127.0.0.1/32'] })
  edge.addGateway('shop', {
    plugins: { none: {} },
    upstreams: { itself: { url: `http://shop.api.localhost:${edge.port}`, timeouts: { connectMs: 2_000, firstByteMs: 10_000, totalMs: 10_000 } } },
    routes: [{ functionName: 'a', path: '/a', upstream: { name: 'itself' } }]
  })
  t.match(await edge.traffic(host, '/a'), { status: 508, json: { code: 'upstream_loop' } })
  const passes = await Promise.all([1, 2, 3, 4, 5, 6].map(edge.entry))
  t.strictSame(passes.map(({ status }) => status), [508, 508, 508, 508, 508, 508])
  t.strictSame(passes.map(({ code }) => code).filter(code => code !== null), ['upstream_loop'], 'the others hand on what they were answered')
})

t.test('with TLS the name is checked', async t => {
  const dns = await startDns(t, () => ['127.0.0.2'])
  const target = await startTarget(t, undefined, { secure: true })
  const { certificate } = await import('../support/egress.ts')
  const trusting = { upstreamDns: [dns.address], upstreamCa: [certificate] }
  t.match(await (await startProxy(t, `https://secure.example:${target.port}`, trusting)).traffic(host, '/'), { status: 200, text: 'ok' })
  t.match(await (await startProxy(t, `https://other.example:${target.port}`, trusting)).traffic(host, '/'), { status: 502, json: { code: 'upstream_unreachable' } })
})
