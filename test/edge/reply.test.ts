import t, { type Test } from 'tap'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { Exchange } from '../../data-plane/edge/exchange.ts'
import { EdgeReply } from '../../data-plane/edge/reply.ts'
import { EdgeRequest } from '../../data-plane/edge/request.ts'

/** What is sent for one request, as bytes, and in how many pieces it was written. */
async function answered (t: Test, method: string, answer: (reply: EdgeReply) => void): Promise<{ head: string, body: string, writes: number }> {
  let writes = 0
  const server = createServer((raw: IncomingMessage, response: ServerResponse) => {
    const write = raw.socket.write.bind(raw.socket) as (...args: unknown[]) => boolean
    raw.socket.write = (...args: unknown[]) => {
      writes++
      return write(...args)
    }
    response.sendDate = false
    const request = new EdgeRequest(raw, 'id', new Exchange({ authority: null, path: '/', query: '' }, 0, '127.0.0.1'))
    answer(new EdgeReply(response, request, () => t.fail('nothing has failed')))
  })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  const chunks: Buffer[] = []
  for await (const chunk of client) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const end = text.indexOf('\r\n\r\n')
  return { head: text.slice(0, end).toLowerCase(), body: text.slice(end + 4), writes }
}

t.test('a body leaves with its head and its length, in one write where it is text', async t => {
  const { head, body, writes } = await answered(t, 'GET', reply => reply.code(201).type('text/plain').send('grüße'))
  t.equal(head, 'http/1.1 201 created\r\ncontent-type: text/plain\r\ncontent-length: 7\r\nconnection: close')
  t.equal(body, 'grüße')
  t.equal(writes, 1)
})

t.test('nobody is told a type that nobody has said', async t => {
  const { head } = await answered(t, 'GET', reply => reply.send(Buffer.from('a')))
  t.equal(head, 'http/1.1 200 ok\r\ncontent-length: 1\r\nconnection: close')
})

t.test('what has no content has no length, and what has none to say has that of nothing', async t => {
  t.equal((await answered(t, 'GET', reply => reply.code(204).type('text/plain').header('content-length', 0).send())).head, 'http/1.1 204 no content\r\nconnection: close')
  t.equal((await answered(t, 'GET', reply => reply.code(304).header('etag', '"a"').send())).head, 'http/1.1 304 not modified\r\netag: "a"\r\nconnection: close')
  t.equal((await answered(t, 'GET', reply => reply.code(200).send())).head, 'http/1.1 200 ok\r\ncontent-length: 0\r\nconnection: close')
  t.equal((await answered(t, 'HEAD', reply => reply.header('content-length', 12).send())).head, 'http/1.1 200 ok\r\ncontent-length: 12\r\nconnection: close')
  const { head, body } = await answered(t, 'HEAD', reply => reply.send('twelve bytes'))
  t.equal(head, 'http/1.1 200 ok\r\ncontent-length: 12\r\nconnection: close')
  t.equal(body, '')
})

t.test('a field is one, in whatever case it was set, and cookies are as many as were set', async t => {
  const { head } = await answered(t, 'GET', reply => {
    reply.headers({ 'X-One': 'a', 'Set-Cookie': 'a=1' }).header('x-one', 'b').header('set-cookie', 'b=2').header('x-two', 'c').removeHeader('X-Two')
    t.equal(reply.getHeader('X-ONE'), 'b')
    t.notOk(reply.hasHeader('x-two'))
    reply.send()
  })
  t.equal(head, 'http/1.1 200 ok\r\nx-one: b\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\nconnection: close')
})
