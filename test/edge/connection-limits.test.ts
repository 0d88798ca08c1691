import t, { type Test } from 'tap'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { createQueue } from '../support/queue.ts'
import { rawClient, type RawClient } from '../support/raw-client.ts'

const host = 'shop.api.localhost'
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const healthz = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
const overloaded = /^HTTP\/1\.1 503 (?=[^]*content-type: application\/problem\+json)(?=[^]*connection: close)[^]*retry-after: [1-5]\r\n[^]*"code":"overloaded"/i

async function startShop (t: Test, trustedProxies: string[] = []): Promise<TestEdge & { held: () => Promise<string> }> {
  const calls = createQueue<string>()
  const edge = await startEdge(t, {
    settings: { maxConnections: 16, maxConnectionsPerAddress: 4, trustedProxies },
    functions: {
      hold: async call => {
        calls.push(call.requestId)
        return await new Promise(() => {})
      }
    }
  })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello' }, { path: '/hold', functionName: 'hold' }] })
  return { ...edge, held: calls.next }
}

/** Connections that are all in use. */
async function hold (t: Test, edge: Awaited<ReturnType<typeof startShop>>, from: string, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = []
  for (let i = 0; i < count; i++) {
    const client = await rawClient(t, edge.port, { from })
    client.write(get('/hold'))
    await edge.held()
    clients.push(client)
  }
  return clients
}

t.test('an address that uses as many connections as it may gets no more, and others do not notice', async t => {
  const edge = await startShop(t)
  const [first] = await hold(t, edge, '127.0.0.2', 4)
  const fifth = await rawClient(t, edge.port, { from: '127.0.0.2' })
  fifth.write(get('/hello'))
  t.match(await fifth.closed, overloaded)
  const other = await rawClient(t, edge.port, { from: '127.0.0.3' })
  other.write(get('/hello'))
  t.match(await other.until(/\}$/), /^HTTP\/1\.1 200 /)
  t.notOk(first!.socket.destroyed)
})

t.test('one that it does not use makes room', async t => {
  const edge = await startShop(t)
  const silent: RawClient[] = []
  for (let i = 0; i < 4; i++) silent.push(await rawClient(t, edge.port, { from: '127.0.0.2' }))
  silent[0]!.write(get('/hello'))
  await silent[0]!.until(/\}$/)
  const fifth = await rawClient(t, edge.port, { from: '127.0.0.2' })
  fifth.write(get('/hello'))
  t.match(await fifth.until(/\}$/), /^HTTP\/1\.1 200 /)
  t.equal(await silent[1]!.closed, '', 'that has never asked anything')
  t.notOk(silent[0]!.socket.destroyed)
})

t.test('where all connections are taken the address that holds the most gives one', async t => {
  const edge = await startShop(t, ['127.0.0.9/32'])
  const proxy: RawClient[] = []
  for (let i = 0; i < 12; i++) proxy.push(await rawClient(t, edge.port, { from: '127.0.0.9' }))
  const greedy: RawClient[] = []
  for (let i = 0; i < 4; i++) greedy.push(await rawClient(t, edge.port, { from: '127.0.0.2' }))
  const other = await rawClient(t, edge.port, { from: '127.0.0.3' })
  other.write(get('/hello'))
  t.match(await other.until(/\}$/), /^HTTP\/1\.1 200 /)
  t.equal(await greedy[0]!.closed, '')
  t.notOk(proxy.some(({ socket }) => socket.destroyed), 'a proxy may have more than others, and keeps them')
})

t.test('where all of them are in use health is answered, and nothing else', async t => {
  const edge = await startShop(t)
  for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']) await hold(t, edge, from, 4)
  const late = await rawClient(t, edge.port, { from: '127.0.0.6' })
  late.write(get('/hello'))
  t.match(await late.closed, overloaded)
  const prober = await rawClient(t, edge.port, { from: '127.0.0.6' })
  prober.write(healthz)
  t.match(await prober.closed, /^HTTP\/1\.1 200 [^]*connection: close[^]*"status":"ok"/i)
})
