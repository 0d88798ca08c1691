import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { verify } from '../../bench/engine/verify.ts'
import { cpu, echo, fetching, hello, orders } from '../../bench/functions/measured.ts'
import * as nodeHttp from '../../bench/peers/node-http/function.ts'
import * as workerd from '../../bench/peers/workerd/function.ts'

const answer = '{"from":"the backend"}'
const server = createServer((_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).end(answer) })
server.listen(0, '127.0.0.1')
await once(server, 'listening')
t.teardown(() => { server.closeAllConnections(); server.close() })
const backend = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

for (const [name, { start }] of Object.entries({ 'node:http': nodeHttp, workerd })) {
  for (const fn of [hello, echo(1_000), echo(100_000), cpu, fetching(answer)]) {
    t.test(`${name} answers ${fn.name} right${fn.body === undefined ? '' : `, ${fn.body.length} characters`}`, async t => {
      const peer = await start({ fn, backend })
      t.teardown(peer.close)
      await verify(peer)
      if (fn.name !== 'hello') return
      await t.rejects(verify({ ...peer, expectedBody: '{}' }), /does not answer right/)
    })
  }
}

t.test('bodies have the size that their scenario says', async t => {
  for (const bytes of [1_000, 100_000]) {
    const text = orders(bytes)
    t.equal(Buffer.byteLength(text), bytes)
    t.equal(JSON.stringify(JSON.parse(text)), text)
  }
})
