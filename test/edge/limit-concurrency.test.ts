import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { startEdge, type TestFunction } from '../support/edge.ts'
import { until } from '../support/until.ts'

const host = 'shop.api.localhost'

interface Held { hello: TestFunction, begun: () => Promise<void>, end: () => void }

/** Answers when the test says so. */
function holding (): Held {
  const waiting: Array<() => void> = []
  return {
    hello: async () => await new Promise(resolve => waiting.push(() => resolve({ status: 200, headers: [], body: 'done' }))),
    begun: async () => { await until('the function is called', () => waiting.length, count => count > 0) },
    end: () => waiting.shift()!()
  }
}

t.test('so many at once, each until it has been answered', async t => {
  const held = holding()
  const edge = await startEdge(t, { functions: { hello: held.hello } })
  edge.addGateway('shop', { plugins: { 'limit-concurrency': { count: 1 }, 'limit-count': { count: 9, windowSeconds: 60 } } })
  const mobile = edge.addClient('shop', 'prod', 'mobile')
  const web = edge.addClient('shop', 'prod', 'web')
  const first = edge.traffic(host, '/hello', { key: mobile })
  await held.begun()
  t.match(await edge.traffic(host, '/hello', { key: mobile }), {
    status: 429, json: { code: 'concurrency_exceeded' }, headers: { 'retry-after': '1', 'ratelimit-policy': '"limit-concurrency";q=1;qu="concurrent-requests"', ratelimit: '"limit-concurrency";r=0' }
  })
  const other = edge.traffic(host, '/hello', { key: web })
  held.end()
  t.match(await first, { status: 200, headers: { ratelimit: '"limit-concurrency";r=0, "limit-count";r=8;t=60' } })
  await held.begun()
  held.end()
  t.equal((await other).status, 200, 'another client has room of its own')
  const next = edge.traffic(host, '/hello', { key: mobile })
  await held.begun()
  held.end()
  t.match(await next, { status: 200, headers: { ratelimit: '"limit-concurrency";r=0, "limit-count";r=7;t=60' } }, 'what had no room was not counted')
})

t.test('a stream is under way until its end, and a client that leaves leaves its room', async t => {
  const streams: PassThrough[] = []
  const edge = await startEdge(t, { functions: { hello: () => {
    const body = new PassThrough()
    streams.push(body)
    body.write('begin ')
    return { status: 200, headers: [], body }
  } } })
  edge.addGateway('shop', { plugins: { none: {}, 'limit-concurrency': { count: 1, by: 'environment' } } })
  // No function answers there, and so nothing streams.
  const status = async (): Promise<number> => (await edge.traffic(host, '/nowhere')).status
  const first = edge.traffic(host, '/hello')
  await until('it streams', () => streams.length, count => count === 1)
  t.equal(await status(), 429)
  streams[0]!.end('end')
  t.match(await first, { status: 200, text: 'begin end' })
  await until('there is room', status, code => code === 404)

  const socket = await edge.connect()
  const before = streams.length
  socket.write(`GET /hello HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  await until('it streams', () => streams.length, count => count > before)
  await once(socket, 'data')
  t.equal(await status(), 429)
  socket.destroy()
  await until('there is room', status, code => code === 404)
})

t.test('what is refused later gives its room back', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'limit-concurrency': { count: 1, by: 'route' } } })
  for (let i = 0; i < 3; i++) t.equal((await edge.traffic(host, '/nowhere')).status, 404)
})
