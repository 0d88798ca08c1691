import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { Agent } from 'undici'
import t, { type Test } from 'tap'
import type { FeedCanary, ReleaseRoute } from '#shared/feed.ts'
import type { ReplicaChange } from '../../data-plane/replica/replica.ts'
import { bindAddress } from '../../data-plane/keeper/bind.ts'
import type { ReplicaWriter } from '../../data-plane/replica/writer.ts'
import { trafficClient, type Traffic } from '../support/http.ts'
import { createQueue } from '../support/queue.ts'
import { startWorker } from '../support/worker-process.ts'

const routes: ReleaseRoute[] = [{ functionName: 'hello', versionId: 'v1', methods: ['GET'], path: '/hello', timeoutMs: 1000 }]

function commitShop (writer: ReplicaWriter, canary: FeedCanary | null = null): ReplicaChange {
  const batch = writer.begin({ type: 'begin', store: 'test', snapshot: true })
  batch.apply({ type: 'gateway', gatewayId: 'shop', value: { name: 'Shop', defaultEnvironment: 'prod', plugins: { none: {} } } })
  batch.apply({ type: 'function-version', gatewayId: 'shop', versionId: 'v1', value: { functionName: 'hello', bundle: '', sourceMap: '' } })
  const value = { plugins: {}, variables: {}, secrets: {}, release: { number: 1, routes }, canary, previews: [] }
  batch.apply({ type: 'environment', gatewayId: 'shop', environment: 'prod', value })
  return batch.commit({ type: 'commit', revision: 7 })
}

function trafficTo (t: Test, port: number): Traffic {
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  return trafficClient(`http://127.0.0.1:${port}`, dispatcher)
}

t.test('a worker serves the replica, follows its changes, and drains', async t => {
  const worker = await startWorker(t)
  const { port } = await worker.hear('ready')
  const traffic = trafficTo(t, port)
  t.match(await traffic('localhost', '/healthz'), { status: 200 })
  t.match(await traffic('shop.api.localhost', '/'), { status: 503, json: { code: 'not_ready' } })

  worker.tell({ type: 'changed', change: commitShop(worker.writer) })
  t.match(await worker.hear('applied'), { revision: 7 })
  t.match(await traffic('shop.api.localhost', '/'), { status: 404, json: { code: 'route_not_found' } })
  t.match(await traffic('shop.api.localhost', '/hello'), { status: 503, json: { code: 'function_unavailable' } }, 'there are no sandboxes')

  worker.tell({ type: 'drain', deadlineMs: 10_000 })
  t.strictSame(await worker.exited, [0, null])
})

t.test('what is left to be said of a canary, and of what is in use, is said before the end', async t => {
  const posts = createQueue<{ url: string | undefined, authorization: string | undefined, report: unknown }>()
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    posts.push({ url: request.url, authorization: request.headers.authorization, report: await json(request) })
    response.writeHead(204).end()
  }
  const controlPlane = createHttpServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1')
  t.teardown(() => controlPlane.close())
  await once(controlPlane, 'listening')
  const { port: controlPort } = controlPlane.address() as AddressInfo
  const worker = await startWorker(t, { IMPRUN_CONTROL_URL: `http://127.0.0.1:${controlPort}`, IMPRUN_DATA_PLANE_TOKEN: 'token-of-the-data-plane' })
  const { port } = await worker.hear('ready')
  worker.tell({ type: 'changed', change: commitShop(worker.writer, { release: { number: 2, routes }, weight: 100, header: null }) })
  await worker.hear('applied')
  t.match(await trafficTo(t, port)('shop.api.localhost', '/hello'), { status: 503 }, 'there are no sandboxes')
  worker.tell({ type: 'drain', deadlineMs: 10_000 })
  const said = [await posts.next(), await posts.next()].sort((a, b) => a.url! < b.url! ? -1 : 1)
  const about = { gatewayId: 'shop', environment: 'prod' }
  t.match(said, [
    { url: '/v1/data-plane/canaries', authorization: 'Bearer token-of-the-data-plane', report: { counts: [{ ...about, release: 2, requests: 1, failures: 1 }] } },
    { url: '/v1/data-plane/usage', authorization: 'Bearer token-of-the-data-plane', report: { routes: [{ ...about, method: 'GET', path: '/hello', requests: 1, clients: [] }] } }
  ])
  t.strictSame(await worker.exited, [0, null])
})

t.test('a worker that loses its supervisor ends where nobody starts another one', async t => {
  const worker = await startWorker(t)
  await worker.hear('ready')
  worker.disconnect()
  t.strictSame(await worker.exited, [0, null])
})

t.test('a worker says why it cannot listen', async t => {
  // Both hold the same port, which is refused to the one that listens last.
  const first = await bindAddress('127.0.0.1', 0)
  const second = await bindAddress('127.0.0.1', first.port)
  const server = createServer().listen({ fd: first.fd })
  t.teardown(() => server.close())
  await once(server, 'listening')
  const worker = await startWorker(t, {}, second)
  t.match(await worker.hear('listen-failed'), { code: 'EADDRINUSE' })
})
