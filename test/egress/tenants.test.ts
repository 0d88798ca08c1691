import t from 'tap'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { fetchAll, makeRequest, openEgress, readText, startTarget } from '../support/egress.ts'

t.test('a connection is kept for its tenant and never used for another', async t => {
  const target = await startTarget(t)
  const egress = openEgress(t)
  for (const tenant of ['shop-dev', 'shop-dev', 'shop-prod', 'blog-dev', 'shop-dev', 'shop-prod']) {
    await fetchAll(egress, target.origin, { tenant })
    // The HTTP client takes a connection again in the next turn of the event loop.
    for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  const ports = target.requests.map(request => request.socket.remotePort)
  t.equal(target.sockets.length, 3)
  t.strictSame(ports, [ports[0], ports[0], ports[2], ports[3], ports[0], ports[2]])
})

t.test('so many requests of one tenant at the same time', async t => {
  const waiting: ServerResponse[] = []
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/wait') waiting.push(response)
    else response.end('ok')
  })
  const egress = openEgress(t, { limits: { maxConcurrent: 2 } })
  const first = fetchAll(egress, `${target.origin}/wait`)
  const response = await egress.fetch(makeRequest(target.origin))
  t.strictSame(await fetchAll(egress, target.origin), { code: 'too_many_requests', message: 'more than 2 outbound requests at the same time' })
  t.match(await fetchAll(egress, target.origin, { tenant: 'blog-dev' }), { status: 200 }, 'another tenant does not feel it')

  t.equal(await readText(response.body), 'ok')
  t.match(await fetchAll(egress, target.origin), { status: 200 }, 'a response that was read makes room')
  waiting[0]!.end('done')
  t.match(await first, { text: 'done' })
  for (let i = 0; i < 5; i++) t.match(await fetchAll(egress, `http://127.0.0.2:${target.port + 1}/`), { code: /^(?:connect_failed|port_not_allowed)$/ }, 'and so does an error')
  t.match(await fetchAll(egress, target.origin), { status: 200 })
})

t.test('so many requests of all tenants of a sandbox', async t => {
  const { promise: held, resolve: hold } = Promise.withResolvers<ServerResponse>()
  const target = await startTarget(t, (_request, response) => hold(response))
  const egress = openEgress(t, { limits: { maxConcurrentTotal: 1 } })
  const first = fetchAll(egress, target.origin)
  const response = await held
  t.match(await fetchAll(egress, target.origin, { tenant: 'blog-dev' }), { code: 'too_many_requests' })
  response.end('done')
  t.match(await first, { text: 'done' })
})

t.test('connections are kept to so many origins, and for so many tenants', async t => {
  const [one, two] = [await startTarget(t), await startTarget(t)]
  const origins = openEgress(t, { limits: { maxOrigins: 1 } })
  await fetchAll(origins, one.origin)
  const closed = once(one.sockets[0]!, 'close')
  await fetchAll(origins, two.origin)
  await closed

  const tenants = openEgress(t, { limits: { maxTenants: 1 } })
  await fetchAll(tenants, one.origin, { tenant: 'shop-dev' })
  const left = once(one.sockets[1]!, 'close')
  await fetchAll(tenants, one.origin, { tenant: 'blog-dev' })
  await left
})

t.test('what runs on a connection that makes room ends well', async t => {
  const { promise: held, resolve: hold } = Promise.withResolvers<ServerResponse>()
  const one = await startTarget(t, (_request, response) => hold(response))
  const two = await startTarget(t)
  const egress = openEgress(t, { limits: { maxOrigins: 1 } })
  const first = fetchAll(egress, one.origin)
  const response = await held
  await fetchAll(egress, two.origin)
  response.end('still there')
  t.match(await first, { status: 200, text: 'still there' })
})
