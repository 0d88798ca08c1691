import t from 'tap'
import { followFeed } from '../../data-plane/feed/client.ts'
import { follow, startFeedServer } from '../support/feed-server.ts'
import { freePorts } from '../support/ports.ts'
import { gatewayItem, openTestReplica, recordingLogger } from '../support/replica.ts'
import { createQueue } from '../support/queue.ts'

t.test('a token that is refused is said clearly and once, and the token is read anew', async t => {
  let token = 'the-token-of-before'
  const { connections, changes, lines } = await follow(t, { token: () => token })
  for (let i = 0; i < 3; i++) (await connections.next()).response.writeHead(401).end()
  token = 'the-token-of-now'
  let connection = await connections.next()
  if (connection.authorization !== 'Bearer the-token-of-now') {
    connection.response.writeHead(401).end()
    connection = await connections.next()
  }
  t.equal(connection.authorization, 'Bearer the-token-of-now')
  t.equal(lines().filter(line => line.level === 40).length, 1)
  t.match(lines()[0], { level: 40, msg: /refuses the data-plane token/, err: { statusCode: 401 } })
  t.notMatch(JSON.stringify(lines()), /the-token-of/)
  connection.send({ type: 'begin', store: 'store-1', snapshot: true }, gatewayItem('shop'), { type: 'commit', revision: 1 })
  await changes.next()
  t.match(lines().at(-1), { level: 30, msg: /again/ })
})

t.test('without a token nobody is asked', async t => {
  const { url, connections } = await startFeedServer(t)
  const { writer } = openTestReplica(t)
  const { logger, lines } = recordingLogger()
  const asked = createQueue<void>()
  let token: string | null = null
  const { close } = followFeed({
    controlUrl: url, environments: null, writer, onDamage: () => {}, onChange: () => {}, onInvoke: () => {}, logger, firstBackoffMs: 1, longestBackoffMs: 5,
    token: () => { asked.push(); return token }
  })
  t.teardown(close)
  await asked.next()
  await asked.next()
  t.match(lines()[0], { err: { message: 'there is no data-plane token' } })
  token = 'the-token-of-now'
  t.equal((await connections.next()).authorization, 'Bearer the-token-of-now')
})

t.test('a control plane that is not there is tried again, and closing does not wait for it', async t => {
  const [port] = await freePorts(1)
  const { writer } = openTestReplica(t)
  const { logger, lines } = recordingLogger()
  const asked = createQueue<void>()
  const { close } = followFeed({
    controlUrl: `http://127.0.0.1:${port}`, environments: null, writer, onDamage: () => {}, onChange: () => {}, onInvoke: () => {}, logger, firstBackoffMs: 1, longestBackoffMs: 5,
    token: () => { asked.push(); return 'token-of-the-data-plane' }
  })
  for (let i = 0; i < 4; i++) await asked.next()
  await close()
  t.equal(lines().filter(line => line.level === 40).length, 1, 'one warning for the same thing')
  t.match(lines()[0], { err: { code: 'ECONNREFUSED' } })
})
