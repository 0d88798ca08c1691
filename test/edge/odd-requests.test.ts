import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('headers that mean something to servers and frameworks mean nothing here', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', methods: ['GET', 'POST'] }] })
  for (const headers of ['Upgrade: h2c, other\r\nConnection: Upgrade, close', 'Accept-Version: 2.x\r\nConnection: close', 'Expect: 100-continue\r\nConnection: close',
    'X-HTTP-Method-Override: DELETE\r\nConnection: close', 'X-Forwarded-Host: other.api.localhost\r\nConnection: close', '__proto__: x\r\nConstructor: y\r\nConnection: close, __proto__']) {
    t.match(await edge.raw(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n\r\n`), /HTTP\/1\.1 200 [^]*"method":"GET","url":"http:\/\/shop\.api/, headers)
  }
})

t.test('requests sent at once are answered in their order', async t => {
  const edge = await startEdge(t, {
    functions: {
      first: async call => {
        await new Promise(setImmediate)
        return { status: 200, headers: [], body: call.path }
      },
      second: call => ({ status: 200, headers: [], body: call.path })
    }
  })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/first', functionName: 'first' }, { path: '/second', functionName: 'second' }] })
  const answers = await edge.raw(`GET /first HTTP/1.1\r\nHost: ${host}\r\n\r\nGET /second HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  t.match(answers, /200 [^]*\/first[^]*200 [^]*\/second/)
})

t.test('CONNECT is no request to a gateway', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  t.equal(await edge.raw(`CONNECT ${host}:80 HTTP/1.1\r\nHost: ${host}\r\n\r\n`), '')
})
