import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { rawClient } from '../support/raw-client.ts'

const host = 'shop.api.localhost'

t.test('a hundred headers are enough', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  const ask = async (headers: number): Promise<string> =>
    await edge.raw(`GET /hello HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${Array.from({ length: headers - 2 }, (_, i) => `x-${i}: y\r\n`).join('')}\r\n`)
  t.match(await ask(100), /^HTTP\/1\.1 200 /)
  for (const count of [101, 150, 1_000]) t.match(await ask(count), /^HTTP\/1\.1 431 [^]*connection: close\r\n[^]*"code":"headers_too_large"/i, `${count} headers`)
  const bare = 'a:\r\n'.repeat(3_900)
  t.match(await edge.raw(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n${bare}\r\n`), /^HTTP\/1\.1 431 /, 'also where they are short')
})

t.test('requests that wait for no answer end their connection, before they are many', async t => {
  let calls = 0
  const edge = await startEdge(t, {
    functions: {
      hello: async () => {
        calls++
        return await new Promise(() => {})
      }
    }
  })
  edge.addGateway('shop', { plugins: { none: {} } })
  const client = await rawClient(t, edge.port)
  client.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(5_000))
  t.equal(await client.closed, '')
  t.ok(calls <= 65, `${calls} calls`)
  t.match(await edge.traffic('localhost', '/healthz'), { status: 200 })
})

t.test('sixteen at a time are no flood, however many come', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  const client = await rawClient(t, edge.port)
  for (let round = 0; round < 10; round++) {
    client.write(Array.from({ length: 16 }, (_, i) => `GET /hello?${round}-${i} HTTP/1.1\r\nHost: ${host}\r\n\r\n`).join(''))
    await client.until(new RegExp(`"query":"${round}-15"`))
  }
  t.notOk(client.socket.destroyed)
})
