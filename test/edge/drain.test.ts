import { once } from 'node:events'
import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('a draining edge accepts nothing new, and answers all that it has', async t => {
  const called = Promise.withResolvers<void>()
  const result = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    functions: {
      slow: async () => {
        called.resolve()
        await result.promise
        return { status: 200, headers: [], body: 'slow' }
      }
    }
  })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/slow', functionName: 'slow' }, { path: '/hello' }] })
  const busy = await edge.connect()
  const kept = await edge.connect()
  const idle = await edge.connect()
  const read = async (socket: typeof busy): Promise<string> => String((await once(socket, 'data'))[0])
  const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`

  kept.write(request('/hello'))
  t.match(await read(kept), /^HTTP\/1\.1 200 [^]*Connection: keep-alive/)
  idle.write(request('/hello'))
  t.match(await read(idle), /^HTTP\/1\.1 200 /)
  busy.write(request('/slow'))
  await called.promise

  const drained = edge.drain()
  await t.rejects(edge.connect(), { code: 'ECONNREFUSED' })
  kept.write(request('/hello'))
  t.match(await read(kept), /^HTTP\/1\.1 200 [^]*connection: close/i, 'a connection that is in use is told')
  await once(kept, 'close')
  const closed = once(idle, 'close')
  idle.resume()
  await closed
  t.pass('a connection that is not used is closed')

  result.resolve()
  t.match(await read(busy), /^HTTP\/1\.1 200 [^]*connection: close[^]*slow$/i)
  await drained
})
