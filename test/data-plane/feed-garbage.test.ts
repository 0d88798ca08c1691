import t from 'tap'
import { follow } from '../support/feed-server.ts'
import { clientItem, environmentItem, gatewayItem, keyHash } from '../support/replica.ts'

const secret = 'the-secret-of-production'
const environment = (value: object): string =>
  JSON.stringify({ ...environmentItem('shop', 'dev'), value: { plugins: {}, variables: {}, secrets: {}, release: null, canary: null, previews: [], ...value } })
const release = { number: 2, routes: [] }
const client = (value: object): string => JSON.stringify({ ...clientItem('shop', 'dev', 'mobile', [keyHash('a')]), value })

/** What stands within a batch, after a gateway and before the commit. */
const garbage: Record<string, string | Buffer> = {
  'no JSON': `{"type":"environment","${secret}`,
  'an empty line': '',
  'bytes that are not UTF-8': Buffer.from([0x22, 0xff, 0xfe, 0x22]),
  'JSON that is no object': '[1,2,3]',
  'a type nobody knows': JSON.stringify({ type: 'constructor', value: secret }),
  'a batch within the batch': JSON.stringify({ type: 'begin', store: 'store-1', snapshot: false }),
  'a gateway of an impossible name': JSON.stringify({ ...gatewayItem('shop'), gatewayId: '../shop' }),
  'an environment without its parts': environment({ variables: undefined, secret }),
  'a variable that is no text': environment({ variables: { SECRET: { secret } } }),
  'a secret that is no text': environment({ secrets: { SECRET: { secret } } }),
  'a plugin nobody knows': environment({ plugins: { 'ip-restriction': { allow: [secret] } } }),
  'a route with a pattern that is none': environment({
    release: { number: 1, routes: [{ functionName: 'fn', versionId: 'v1', methods: ['GET'], path: '/files/*/name', timeoutMs: 1 }] }
  }),
  'a canary that takes more than all': environment({ canary: { release, weight: 101, header: null } }),
  'a canary with a header that is none': environment({ canary: { release, weight: 1, header: 'X-Canary: 1' } }),
  'a canary without a release': environment({ canary: { release: null, weight: 1, header: null } }),
  'a preview that never ends': environment({ previews: [{ release, expiresAt: null }] }),
  'a key that is no hash': client({ name: 'x', enabled: true, expiresAt: null, keys: [{ apiKeyId: 'k', keyHash: secret, expiresAt: null }] }),
  'a time that is none': client({ name: 'x', enabled: true, expiresAt: 'tomorrow', keys: [] }),
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
