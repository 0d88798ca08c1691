import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import type { FunctionResult } from '../../data-plane/functions/runner.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { startProxied } from '../support/upstream.ts'

interface Streaming {
  edge: TestEdge
  key: string
  /** Resolves with all that came, and whether it ended as it should. */
  ended: Promise<{ text: string, isWhole: boolean }>
}

/** A client with an answer that has begun, and does not end. */
async function startStreaming (t: Test, cutStreams: boolean): Promise<Streaming> {
  const body = new PassThrough()
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [], body }) } })
  edge.addGateway('shop', { plugins: { 'key-auth': { cutStreams } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  body.write('begun')
  const socket = await edge.connect()
  socket.setEncoding('latin1').on('error', () => undefined)
  let text = ''
  socket.on('data', (chunk: string) => { text += chunk })
  socket.write(`GET /hello HTTP/1.1\r\nHost: shop.api.localhost\r\nx-api-key: ${key}\r\n\r\n`)
  while (!text.includes('begun')) await once(socket, 'data')
  const ended = once(socket, 'close').then(() => ({ text, isWhole: text.endsWith('\r\n0\r\n\r\n') }))
  t.teardown(() => body.end())
  return { edge, key, ended }
}

t.test('an answer that streams is cut off with its key', async t => {
  const ends: Array<[code: string, end: (streaming: Streaming) => void]> = [
    ['api_key_disabled', ({ edge, key }) => void edge.addClient('shop', 'prod', 'mobile', { key, enabled: false })],
    ['api_key_invalid', ({ edge }) => edge.commit({ type: 'client', gatewayId: 'shop', environment: 'prod', clientId: 'mobile', value: null })],
    ['api_key_invalid', ({ edge }) => void edge.addClient('shop', 'prod', 'mobile')],
    ['api_key_invalid', ({ edge }) => edge.commit({ type: 'gateway', gatewayId: 'shop', value: null })],
    ['api_key_invalid', ({ edge }) => edge.replace()]
  ]
  for (const [code, end] of ends) {
    const streaming = await startStreaming(t, true)
    end(streaming)
    t.equal((await streaming.ended).isWhole, false, code)
    t.match(await streaming.edge.entry(), { status: 200, code, clientId: 'mobile' })
  }
})

t.test('and when its key expires', async t => {
  const { edge, key, ended } = await startStreaming(t, true)
  // As a rotation does that lets the old key live on for a while.
  edge.addClient('shop', 'prod', 'mobile', { key, keyExpiresAt: '2030-01-01T00:01:00Z' })
  edge.clock.set(Date.parse('2030-01-01T00:01:00Z'))
  t.equal((await ended).isWhole, false)
  t.match(await edge.entry(), { code: 'api_key_expired' })
})

t.test('one that has not begun is refused when it would', async t => {
  const called = Promise.withResolvers<void>()
  const result = Promise.withResolvers<FunctionResult>()
  const edge = await startEdge(t, {
    functions: {
      hello: async () => {
        called.resolve()
        return await result.promise
      }
    }
  })
  edge.addGateway('shop', { plugins: { 'key-auth': { cutStreams: true } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const answer = edge.traffic('shop.api.localhost', '/hello', { key })
  await called.promise
  edge.addClient('shop', 'prod', 'mobile', { key, enabled: false })
  const body = new PassThrough()
  result.resolve({ status: 200, headers: [], body })
  t.match(await answer, { status: 401, json: { code: 'api_key_disabled' } })
  t.ok(body.destroyed)
})

t.test('one that comes from an upstream is cut off as well', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeHead(200)
    response.write('begun')
  }, { plugins: { 'key-auth': { cutStreams: true } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const socket = await edge.connect()
  socket.on('error', () => undefined)
  socket.write(`GET /hello HTTP/1.1\r\nHost: shop.api.localhost\r\nx-api-key: ${key}\r\n\r\n`)
  await once(socket, 'data')
  edge.addClient('shop', 'prod', 'mobile', { key, enabled: false })
  await once(socket.resume(), 'close')
  t.match(await edge.entry(), { code: 'api_key_disabled', upstream: 'origin' })
})

t.test('without cutStreams it goes on, and other clients do in any case', async t => {
  const streaming = await startStreaming(t, false)
  const { edge, key } = streaming
  edge.addClient('shop', 'prod', 'mobile', { key, enabled: false })
  t.match(await edge.traffic('shop.api.localhost', '/hello', { key }), { status: 401 })
  const other = await startStreaming(t, true)
  other.edge.addClient('shop', 'prod', 'web')
  const first = await Promise.race([streaming.ended, other.ended, new Promise(resolve => setImmediate(resolve, 'neither'))])
  t.equal(first, 'neither')
})
