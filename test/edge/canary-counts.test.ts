import { once } from 'node:events'
import { Readable } from 'node:stream'
import t from 'tap'
import { Problem } from '#shared/errors.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import { canaryOf, releaseOf, serve } from '../support/canaries.ts'
import { startEdge, type TestFunction } from '../support/edge.ts'

const host = 'shop.api.localhost'
const headers = { 'x-try': 'always' }
const answer = (status: number, body: string | Readable = ''): ReturnType<TestFunction> => ({ status, headers: [], body })
const broken = async function * (): AsyncGenerator<Buffer> {
  yield Buffer.from('a beginning')
  throw new Problem('function_failed')
}

t.test('what a function was called for is counted with its release, and what came of it', async t => {
  const edge = await startEdge(t, { functions: { hello: call => answer(Number(call.query)), fails: () => { throw new Problem('function_timeout') } } })
  const routes = [{}, { functionName: 'fails', path: '/fails' }]
  serve(edge, { plugins: { none: {} }, release: releaseOf(1, routes), canary: { release: releaseOf(2, routes), weight: 0, header: 'x-try' } })
  for (const status of [200, 302, 404, 429, 499]) await edge.traffic(host, `/hello?${status}`, { headers })
  await edge.traffic(host, '/hello?503', { headers })
  await edge.traffic(host, '/fails', { headers })
  await edge.traffic(host, '/fails')
  for (let n = 0; n < 8; n++) await edge.entry()
  t.strictSame(edge.counted.map(({ release, hasFailed }) => [release, hasFailed]),
    [[2, false], [2, false], [2, false], [2, false], [2, false], [2, true], [2, true], [1, true]])
  t.match(edge.counted[0], { gatewayId: 'shop', environment: 'prod' })
})

t.test('what an upstream was asked for is counted alike', async t => {
  const edge = await startEdge(t)
  const canary = { release: { number: 2, routes: [{ functionName: 'orders', versionId: 'v2', methods: ['GET' as const], path: '/orders', upstream: { name: 'orders' } }] }, weight: 100, header: null }
  serve(edge, { plugins: { none: {} }, canary })
  t.match(await edge.traffic(host, '/orders'), { status: 503, json: { code: 'upstream_missing' } })
  t.match(await edge.entry(), { release: 2 })
  t.strictSame(edge.counted, [{ gatewayId: 'shop', environment: 'prod', release: 2, hasFailed: true }])
})

t.test('what ended before the function says nothing about a release', async t => {
  const edge = await startEdge(t, { functions: { hello: () => answer(200) } })
  serve(edge, {})
  const key = edge.addClient('shop', 'prod', 'mobile')
  const limits = effectiveLimits({ maxRequestBytes: 10 })
  serve(edge, { plugins: { 'limit-count': { count: 3, windowSeconds: 60 } }, canary: { release: releaseOf(2, [{ methods: ['POST'], limits }]), weight: 100, header: null } })
  const statuses = [await edge.traffic(host, '/hello'), await edge.traffic(host, '/nothing', { key }), await edge.traffic(host, '/hello', { key }),
    await edge.traffic(host, '/hello', { key, method: 'POST', body: 'x'.repeat(20) }), await edge.traffic(host, '/hello', { key })].map(({ status }) => status)
  t.strictSame(statuses, [401, 404, 405, 413, 429])
  for (const status of statuses) t.match(await edge.entry(), { status })
  t.strictSame(edge.counted, [])
})

t.test('an answer that is cut off has failed, a client that left is not counted', async t => {
  const called = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    functions: {
      hello: () => answer(200, Readable.from(broken())),
      waits: async () => {
        called.resolve()
        return await new Promise(() => {})
      }
    }
  })
  serve(edge, { plugins: { none: {} }, canary: { release: releaseOf(2, [{}, { functionName: 'waits', path: '/waits' }]), weight: 100, header: null } })
  await t.rejects(edge.traffic(host, '/hello'))
  t.match(await edge.entry(), { status: 200, code: 'function_failed' })
  const socket = await edge.connect()
  socket.write(`GET /waits HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await called.promise
  socket.destroy()
  await once(socket, 'close')
  t.match(await edge.entry(), { code: 'client_closed' })
  t.match(edge.counted, [{ release: 2, hasFailed: true }])
  t.equal(edge.counted.length, 1)
})

t.test('nothing is counted where there is no canary, nor of a preview beside one', async t => {
  const edge = await startEdge(t, { functions: { hello: () => answer(500) } })
  const previews = [{ release: releaseOf(7), expiresAt: '2031-01-01T00:00:00Z' }]
  serve(edge, { plugins: { none: {} } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  await edge.traffic(host, '/hello')
  serve(edge, { plugins: { none: {} }, canary: canaryOf(2, 0), previews })
  t.equal((await edge.traffic('shop-prod--7.api.localhost', '/hello', { key })).status, 500)
  await edge.traffic(host, '/hello')
  for (let n = 0; n < 3; n++) await edge.entry()
  t.match(edge.counted, [{ release: 1, hasFailed: true }])
  t.equal(edge.counted.length, 1)
})
