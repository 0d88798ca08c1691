import t from 'tap'
import { effectiveLimits } from '#shared/function-limits.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { rawClient } from '../support/raw-client.ts'
import { createQueue } from '../support/queue.ts'
import { until } from '../support/until.ts'

const overloaded = { status: 503, headers: { 'retry-after': /^[1-5]$/, 'content-type': /problem\+json/ }, json: { code: 'overloaded' } }
const origin = 'https://shop.example.com'

async function condition (edge: TestEdge): Promise<Record<string, number>> {
  const { json } = await edge.traffic('localhost', '/healthz?verbose')
  return (json as { overload: Record<string, number> }).overload
}

t.test('a gateway that has too much waiting is turned away, others and health are not', async t => {
  const calls = createQueue<string>()
  const done = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    settings: { maxWaitingRequests: 4 },
    functions: {
      hold: async call => {
        calls.push(call.requestId)
        await done.promise
        return { status: 200, headers: [], body: 'held' }
      }
    }
  })
  const routes = [{ path: '/hello' }, { path: '/hold', functionName: 'hold' }]
  edge.addGateway('shop', { plugins: { none: {}, cors: { allowOrigins: [origin] } }, routes })
  edge.addGateway('blog', { plugins: { none: {} }, routes })
  const held = Array.from({ length: 4 }, async () => await edge.traffic('shop.api.localhost', '/hold'))
  for (let i = 0; i < 4; i++) await calls.next()
  const refused = await edge.traffic('shop.api.localhost', '/hello', { headers: { origin } })
  t.match(refused, { ...overloaded, headers: { ...overloaded.headers, 'access-control-allow-origin': origin } })
  t.match(await edge.entry(), { route: 'shop-prod', status: 503, code: 'overloaded' })
  t.match(await edge.traffic('blog.api.localhost', '/hello'), { status: 200 })
  t.match(await edge.traffic('localhost', '/readyz'), { status: 200 })
  t.match(await condition(edge), { waiting: 4, shedForWaiting: 1 })
  done.resolve()
  for (const answer of held) t.match(await answer, { status: 200 })
  t.match(await edge.traffic('shop.api.localhost', '/hello'), { status: 200 })
  t.match(await condition(edge), { waiting: 0 })
})

t.test('bodies of one gateway that come slowly do not take all the memory', async t => {
  const edge = await startEdge(t, { settings: { maxBufferMb: 16 }, functions: { hello: () => ({ status: 200, headers: [], body: 'taken' }) } })
  const routes = [{ path: '/hello', methods: ['POST' as const], limits: effectiveLimits() }]
  edge.addGateway('shop', { plugins: { none: {} }, routes })
  edge.addGateway('blog', { plugins: { none: {} }, routes })
  const slow = []
  for (let i = 0; i < 2; i++) {
    const client = await rawClient(t, edge.port)
    client.write(`POST /hello HTTP/1.1\r\nHost: shop.api.localhost\r\nContent-Length: 4000001\r\n\r\n`)
    client.write(Buffer.alloc(4_000_000))
    slow.push(client)
  }
  await until('bodies are held', async () => await condition(edge), ({ heldBytes }) => heldBytes === 8_000_000)
  const body = Buffer.alloc(1_000_000)
  t.match(await edge.traffic('shop.api.localhost', '/hello', { method: 'POST', body }), overloaded)
  t.match(await edge.traffic('blog.api.localhost', '/hello', { method: 'POST', body }), { status: 200 })
  slow[0]!.write('x')
  await slow[0]!.until(/^HTTP\/1\.1 200 /)
  slow[1]!.socket.destroy()
  await until('nothing is held', async () => await condition(edge), ({ heldBytes }) => heldBytes === 0)
})

t.test('answers that are not read do not take all the memory', async t => {
  const edge = await startEdge(t, { settings: { maxBufferMb: 16 }, functions: { hello: () => ({ status: 200, headers: [], body: Buffer.alloc(6_000_000) }) } })
  edge.addGateway('shop', { plugins: { none: {} } })
  const deaf = await rawClient(t, edge.port)
  deaf.socket.pause()
  deaf.write('GET /hello HTTP/1.1\r\nHost: shop.api.localhost\r\n\r\n'.repeat(20))
  await until('answers are held', async () => await condition(edge), ({ shedForMemory = 0 }) => shedForMemory > 0)
  t.ok((await condition(edge)).heldBytes! <= 8 * 1024 * 1024)
  deaf.socket.destroy()
  await until('nothing is held', async () => await condition(edge), ({ heldBytes }) => heldBytes === 0)
  t.match(await edge.traffic('shop.api.localhost', '/hello'), { status: 200 })
})
