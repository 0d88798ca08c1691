import { constants, zstdCompressSync } from 'node:zlib'
import t from 'tap'
import { follow, type FeedConnection } from '../support/feed-server.ts'
import { gatewayItem } from '../support/replica.ts'

const lines = (...messages: object[]): string => messages.map(message => `${JSON.stringify(message)}\n`).join('')
const begin = { type: 'begin', store: 'store-1', snapshot: true }

function send ({ response }: FeedConnection, ...parts: Buffer[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-encoding': 'zstd' })
  for (const part of parts) response.write(part)
}

t.test('frames are applied as they come, however they are cut', async t => {
  const { connections, changes, reader } = await follow(t)
  const first = await connections.next()
  t.equal(first.acceptEncoding, 'zstd')
  const frame = zstdCompressSync(lines(begin, gatewayItem('shop')))
  send(first, frame.subarray(0, 5), frame.subarray(5), zstdCompressSync(lines({ type: 'commit', revision: 3 })))
  t.match(await changes.next(), { revision: 3, all: true })
  send(first, zstdCompressSync(lines({ ...begin, snapshot: false }, gatewayItem('blog'), { type: 'commit', revision: 4 })))
  t.match(await changes.next(), { revision: 4 })
  t.not(reader.getGateway('blog'), null)
})

t.test('a long line goes through', async t => {
  const { connections, changes } = await follow(t)
  const item = gatewayItem('shop')
  send(await connections.next(), zstdCompressSync(lines(begin, { ...item, value: { ...item.value, name: 'x'.repeat(8 * 1024 * 1024) } }, { type: 'commit', revision: 3 })))
  t.match(await changes.next(), { revision: 3 })
})

const bombs: Record<string, () => Buffer[]> = {
  'little that becomes a line without end': () => Array.from({ length: 40 }, () => zstdCompressSync(Buffer.alloc(2 * 1024 * 1024, 'x'))),
  'little that becomes lines without end': () => Array.from({ length: 40 }, () => zstdCompressSync(Buffer.alloc(2 * 1024 * 1024, '\n'))),
  'a frame that wants much to be remembered': () => [zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, 'x'), { params: { [constants.ZSTD_c_windowLog]: 26 } })],
  'what is not compressed': () => [Buffer.from(lines(begin, gatewayItem('shop'), { type: 'commit', revision: 3 }))]
}
for (const [what, make] of Object.entries(bombs)) {
  t.test(`${what} ends the connection, and the next one is asked as if nothing had been`, async t => {
    const { connections, changes, reader, lines: logged } = await follow(t)
    const first = await connections.next()
    send(first, zstdCompressSync(lines(begin)), ...make())
    await first.closed
    const second = await connections.next()
    t.strictSame(second.query, { after: '0' })
    t.equal(reader.getGateway('shop'), null)
    t.match(logged().map(({ msg }) => msg), ['the change feed was not usable; serving what is known, and connecting again'])
    second.send(begin as never, gatewayItem('shop'), { type: 'commit', revision: 3 })
    t.match(await changes.next(), { revision: 3 })
  })
}

t.test('an encoding that was not asked for is not read', async t => {
  const { connections, lines: logged } = await follow(t)
  const first = await connections.next()
  first.response.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }).write('x')
  await first.closed
  await connections.next()
  t.match(logged()[0], { err: { type: 'FeedMalformed', message: /encoding/ } })
})
