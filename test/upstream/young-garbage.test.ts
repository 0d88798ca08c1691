import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getHeapSpaceStatistics } from 'node:v8'
import t, { type Test } from 'tap'
import { collect } from '../support/collect.ts'
import type { TestEdge } from '../support/edge.ts'
import { reachable } from '../support/egress.ts'
import { startProxy } from '../support/upstream.ts'

/** Of each request, where less is under way than V8 collects at once: 700 to 2,500 with this test's own, 7,800 where something held all of it. */
const maxBytes = 4_000
const requests = 6_000
const connections = 16

async function startUpstream (t: Test): Promise<string> {
  const body = JSON.stringify({ hello: 'from an upstream' })
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(body)).listen(0, reachable)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://${reachable}:${(server.address() as AddressInfo).port}`
}

/** One request after the other on each of some connections, as a busy edge has them. */
async function load (edge: TestEdge, count: number): Promise<void> {
  const request = 'GET /hello HTTP/1.1\r\nhost: shop.api.localhost\r\n\r\n'
  const one = async (socket: Socket): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let left = count / connections
    const hear = (chunk: Buffer): void => {
      if (!chunk.toString('latin1').startsWith('HTTP/1.1 200')) return reject(new Error(chunk.toString()))
      if (--left === 0) resolve()
      else socket.write(request)
    }
    socket.on('data', hear)
    socket.write(request)
    await promise
    socket.destroy()
  }
  const sockets = await Promise.all(Array.from({ length: connections }, edge.connect))
  await Promise.all(sockets.map(one))
}

function oldBytes (): number {
  return getHeapSpaceStatistics().filter(({ space_name: name }) => name === 'old_space' || name === 'large_object_space').reduce((sum, { space_used_size: used }) => sum + used, 0)
}

/** What requests have added to the old generation, each. */
async function leftBytes (edge: TestEdge): Promise<number> {
  void (async () => { for (;;) await edge.entry() })()
  // Code is compiled, and there is something old that may refer to what comes.
  await load(edge, requests)
  collect()
  await load(edge, requests)
  collect()
  const before = oldBytes()
  await load(edge, requests)
  const after = oldBytes()
  return (after - before) / requests
}

t.test('what a request to an upstream needs dies young', async t => {
  const url = await startUpstream(t)
  const edge = await startProxy(t, url)
  const bytes = await leftBytes(edge)
  t.ok(bytes < maxBytes, `${bytes} bytes of each`)
})
