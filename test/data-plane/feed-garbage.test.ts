import t from 'tap'
import { follow } from '../support/feed-server.ts'
import { environmentItem, gatewayItem } from '../support/replica.ts'

const secret = 'the-secret-of-production'
/** What stands within a batch, after a gateway and before the commit. */
const garbage: Record<string, string | Buffer> = {
  'no JSON': `{"type":"environment","${secret}`,
  'an empty line': '',
  'bytes that are not UTF-8': Buffer.from([0x22, 0xff, 0xfe, 0x22]),
  'JSON that is no object': '[1,2,3]',
  'a type nobody knows': JSON.stringify({ type: 'constructor', value: secret }),
  'a batch within the batch': JSON.stringify({ type: 'begin', store: 'store-1', snapshot: false }),
  'a commit without a revision': JSON.stringify({ type: 'commit', revision: -1 })
}

t.test('what is not a feed is dropped with its batch and its connection, and said without quoting it', async t => {
  for (const [name, line] of Object.entries(garbage)) {
    t.test(name, async t => {
      const { connections, changes, reader, lines } = await follow(t)
      const first = await connections.next()
      first.send({ type: 'begin', store: 'store-1', snapshot: true }, gatewayItem('shop'))
      first.sendText(line)
      first.sendText('\n')
      await first.closed
      const second = await connections.next()
      t.equal(reader.getGateway('shop'), null)
      t.match(lines(), [{ level: 40, msg: /not usable/, err: { type: 'FeedMalformed' } }])
      t.notMatch(JSON.stringify(lines()), secret)
      second.send({ type: 'begin', store: 'store-1', snapshot: true }, gatewayItem('shop'), environmentItem('shop', 'dev'), { type: 'commit', revision: 2 })
      t.match(await changes.next(), { revision: 2 })
    })
  }
})

t.test('an item or a commit outside a batch is not a feed either', async t => {
  const { connections, lines } = await follow(t)
  for (const message of [gatewayItem('shop'), { type: 'commit', revision: 1 } as const]) {
    const connection = await connections.next()
    connection.send(message)
    await connection.closed
  }
  await connections.next()
  t.match(lines()[0], { err: { message: 'something stands outside a batch' } })
})

t.test('an answer of another kind is not read', async t => {
  const { connections, lines } = await follow(t)
  const first = await connections.next()
  first.response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>proxy login</h1>')
  const second = await connections.next()
  second.response.writeHead(503).end()
  await connections.next()
  t.match(lines().map(line => (line.err as Error).message), [/answered with text\/html/, /answered 503/])
})
