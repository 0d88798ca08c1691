import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import { createAddressGuard } from '../../data-plane/egress/addresses.ts'
import { createLookup } from '../../data-plane/egress/dns.ts'
import { compileConnections } from '../../data-plane/upstream/connection-options.ts'
import { createUpstreamPools } from '../../data-plane/upstream/pools.ts'
import { startTarget } from '../support/egress.ts'
import { host, startProxied, startProxy, startRawTarget } from '../support/upstream.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Answers the first request of a connection, and has closed it when the next one comes. */
function answerOnce (seen: string[], onSecond: (socket: Socket) => void = socket => socket.resetAndDestroy()): (socket: Socket) => void {
  return socket => {
    let requests = 0
    socket.on('data', (bytes: Buffer) => {
      seen.push(bytes.toString('latin1').split(' ')[0]!)
      if (++requests === 1) socket.write(ok)
      else onSecond(socket)
    })
  }
}

t.test('requests one after another share a connection', async t => {
  const { edge, target } = await startProxied(t, (_request, response) => { response.end('ok') })
  for (let n = 0; n < 3; n++) t.match(await edge.traffic(host, '/'), { status: 200 })
  t.equal(target.sockets.length, 1)
})

t.test('a connection that was closed meanwhile costs nobody an answer, where the request may be sent again', async t => {
  const seen: string[] = []
  const edge = await startProxy(t, await startRawTarget(t, answerOnce(seen)))
  t.match(await edge.traffic(host, '/'), { status: 200 })
  t.match(await edge.traffic(host, '/'), { status: 200, text: 'ok' })
  t.strictSame(seen, ['GET', 'GET', 'GET'], 'once in vain')
  t.match(await edge.traffic(host, '/', { method: 'DELETE' }), { status: 200 })
  t.strictSame(edge.told, [])
})

t.test('however many of them there are', async t => {
  const seen: string[] = []
  const edge = await startProxy(t, await startRawTarget(t, answerOnce(seen)))
  await Promise.all(Array.from({ length: 5 }, () => edge.traffic(host, '/')))
  const answers = await Promise.all(Array.from({ length: 5 }, () => edge.traffic(host, '/')))
  t.strictSame(answers.map(({ status }) => status), [200, 200, 200, 200, 200])
})

t.test('what may have been done is not done twice', async t => {
  const seen: string[] = []
  const edge = await startProxy(t, await startRawTarget(t, answerOnce(seen)))
  await edge.traffic(host, '/')
  t.match(await edge.traffic(host, '/', { method: 'POST' }), { status: 502, json: { code: 'upstream_failed' } })
  t.strictSame(seen, ['GET', 'POST'])
  await edge.traffic(host, '/')
  t.match(await edge.traffic(host, '/', { method: 'PUT', body: 'x' }), { status: 502 }, 'the body is gone')
})

t.test('an answer that has begun is not asked for again, nor one on a new connection', async t => {
  const seen: string[] = []
  const begun = await startProxy(t, await startRawTarget(t, answerOnce(seen, socket => socket.end('HTTP/1.1 200 OK\r\n'))))
  await begun.traffic(host, '/')
  t.match(await begun.traffic(host, '/'), { status: 502, json: { code: 'upstream_failed' } })
  t.equal(seen.length, 2)
  let connections = 0
  const fresh = await startProxy(t, await startRawTarget(t, socket => {
    connections++
    socket.once('data', () => socket.destroy())
  }))
  t.match(await fresh.traffic(host, '/'), { status: 502 })
  t.equal(connections, 1)
})

t.test('the connections that were used longest ago are closed, after what runs on them', async t => {
  const pools = createUpstreamPools({ guard: createAddressGuard({ allow: ['127.0.0.2/32'] }), lookup: createLookup(), maxPools: 1 })
  t.teardown(async () => await pools.close())
  const slow = await startTarget(t, () => undefined)
  const other = await startTarget(t)
  const timeouts = { connectMs: 1_000, firstByteMs: 1_000, totalMs: 1_000 }
  const connections = compileConnections({}, { stored: () => undefined, open: () => undefined })
  const first = pools.of({ key: 'a', origin: slow.origin, timeouts, connections })
  const running = first.dispatcher.request({ path: '/', method: 'GET', origin: slow.origin })
  const [, response] = await once(slow.server, 'request') as [unknown, ServerResponse]
  t.not(pools.of({ key: 'b', origin: other.origin, timeouts, connections }), first)
  t.not(pools.of({ key: 'a', origin: slow.origin, timeouts, connections }), first, 'it is gone')
  response.end('late')
  t.equal(await (await running).body.text(), 'late')
  await slow.disconnected()
})
