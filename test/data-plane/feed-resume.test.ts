import t from 'tap'
import { follow } from '../support/feed-server.ts'
import { environmentItem, gatewayItem } from '../support/replica.ts'

const begin = (snapshot: boolean, store = 'store-1') => ({ type: 'begin', store, snapshot }) as const
const commit = (revision: number) => ({ type: 'commit', revision }) as const

t.test('the first request asks for everything, with the token', async t => {
  const { connections } = await follow(t)
  const first = await connections.next()
  t.strictSame(first.query, { after: '0' })
  t.equal(first.authorization, 'Bearer token-of-the-data-plane')
})

t.test('batches are applied as they come, on one connection', async t => {
  const { connections, changes, reader } = await follow(t)
  const first = await connections.next()
  first.send(begin(true), gatewayItem('shop'), commit(3))
  t.match(await changes.next(), { revision: 3, all: true })
  first.send({ type: 'heartbeat', revision: 3 }, begin(false), environmentItem('shop', 'dev'), commit(4))
  t.match(await changes.next(), { revision: 4, all: false, environments: [{ gatewayId: 'shop', environment: 'dev' }] })
  t.not(reader.getEnvironment('shop', 'dev'), null)
})

for (const end of ['end', 'cut'] as const) {
  t.test(`after the connection's ${end}, it goes on from the last commit`, async t => {
    const { connections, changes } = await follow(t)
    const first = await connections.next()
    first.send(begin(true), gatewayItem('shop'), commit(3))
    await changes.next()
    if (end === 'cut') first.cut()
    else first.response.end()
    const second = await connections.next()
    t.strictSame(second.query, { store: 'store-1', after: '3' })
    second.send(begin(false), gatewayItem('blog'), commit(9))
    t.match(await changes.next(), { revision: 9, gateways: ['blog'] })
  })
}

t.test('half a batch leaves no trace', async t => {
  const { connections, changes, reader } = await follow(t)
  const first = await connections.next()
  first.send(begin(true), gatewayItem('shop'), commit(3))
  await changes.next()
  first.send(begin(false), gatewayItem('blog'))
  first.sendText('{"type":"comm')
  first.cut()
  const second = await connections.next()
  t.strictSame(second.query, { store: 'store-1', after: '3' })
  t.equal(reader.getGateway('blog'), null)
  second.send(begin(false), gatewayItem('wiki'), commit(5))
  t.match(await changes.next(), { gateways: ['wiki'] })
  t.equal(reader.getGateway('blog'), null)
})

t.test('another store replaces all that was held', async t => {
  const { connections, changes, reader } = await follow(t)
  const first = await connections.next()
  first.send(begin(true), gatewayItem('shop'), commit(30))
  await changes.next()
  first.cut()
  const second = await connections.next()
  second.send(begin(true, 'store-2'), gatewayItem('blog'), commit(2))
  t.match(await changes.next(), { revision: 2, all: true })
  t.equal(reader.getGateway('shop'), null)
  second.cut()
  t.strictSame((await connections.next()).query, { store: 'store-2', after: '2' })
})

t.test('a batch that does not fit what is held is answered by asking for everything', async t => {
  const { connections, changes, reader } = await follow(t)
  const first = await connections.next()
  first.send(begin(true), gatewayItem('shop'), commit(3))
  await changes.next()
  first.send(begin(false), environmentItem('blog', 'dev'), commit(4))
  const second = await connections.next()
  t.strictSame(second.query, { after: '0' })
  second.send(begin(true), gatewayItem('shop'), gatewayItem('blog'), environmentItem('blog', 'dev'), commit(4))
  await changes.next()
  t.not(reader.getEnvironment('blog', 'dev'), null)
  second.cut()
  t.strictSame((await connections.next()).query, { store: 'store-1', after: '4' })
})

t.test('the environments to serve are asked for by name', async t => {
  const { connections } = await follow(t, { environments: ['dev', 'staging'] })
  t.strictSame((await connections.next()).query, { after: '0', environments: 'dev,staging' })
})

t.test('closing ends the connection at once', async t => {
  const { connections, close, reader } = await follow(t)
  const first = await connections.next()
  first.send(begin(true), gatewayItem('shop'))
  await close()
  await first.closed
  t.equal(reader.getGateway('shop'), null)
})
