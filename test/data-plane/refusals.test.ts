import t from 'tap'
import { follow, type Following } from '../support/feed-server.ts'
import { clientItem, environmentItem, gatewayItem, keyHash, silent, versionItem } from '../support/replica.ts'
import { createItemCheck } from '../../data-plane/edge/check-item.ts'

type Tap = Parameters<typeof follow>[0]

const secret = 'the-secret-of-production'
const good = { plugins: {}, variables: { A: '1' }, secrets: {}, release: null, canary: null, previews: [] }
const release = { number: 2, routes: [] }
const place = { gatewayId: 'shop', environment: 'dev' }
const environment = (value: object): object => ({ type: 'environment', ...place, value: { ...good, ...value } })
const client = (value: object): object => ({ type: 'client', ...place, clientId: 'mobile', value })
const route = (path: string): object => ({ functionName: 'fn', versionId: 'v1', methods: ['GET'], path, timeoutMs: 1 })

/** Each comes between two items of another gateway. */
const refused: Record<string, { item: object, reason: RegExp }> = {
  'an environment without its parts': { item: environment({ variables: undefined, secret }), reason: /value/ },
  'an environment that is text': { item: { type: 'environment', ...place, value: secret }, reason: /value/ },
  'a variable that is no text': { item: environment({ variables: { SECRET: { secret } } }), reason: /variables/ },
  'a secret that is no text': { item: environment({ secrets: { SECRET: { secret } } }), reason: /secrets/ },
  'a plugin nobody knows': { item: environment({ plugins: { 'ip-restriction': { allow: [secret] } } }), reason: /plugins/ },
  'two plugins that contradict each other': { item: environment({ plugins: { none: {}, 'key-auth': {} } }), reason: /cannot stand beside/ },
  'a route with a pattern that is none': { item: environment({ release: { number: 1, routes: [route('/files/*/name')] } }), reason: /routes/ },
  'two routes that no request can tell apart': { item: environment({ release: { number: 1, routes: [route('/users/:id'), route('/users/:name')] } }), reason: /answered by another route/ },
  'a preview that contradicts itself': {
    item: environment({ previews: [{ release: { number: 1, routes: [route('/a'), route('/a')] }, expiresAt: '2030-01-01T00:00:00Z' }] }), reason: /answered by another route/
  },
  'a release that names a version which was refused': { item: environment({ release: { number: 1, routes: [{ ...route('/a'), versionId: 'v9' }] } }), reason: /v9/ },
  'more routes than anyone needs': { item: environment({ release: { number: 1, routes: Array.from({ length: 6_000 }, (_, i) => route(`/r${i}`)) } }), reason: /6000 routes/ },
  'an upstream that is nowhere': {
    item: environment({ upstreams: { api: { url: 'http://', timeouts: { connectMs: 1, firstByteMs: 1, totalMs: 1 } } } }), reason: /upstreams/
  },
  'a canary that takes more than all': { item: environment({ canary: { release, weight: 101, header: null } }), reason: /canary/ },
  'a canary with a header that is none': { item: environment({ canary: { release, weight: 1, header: 'X-Canary: 1' } }), reason: /canary/ },
  'a canary without a release': { item: environment({ canary: { release: null, weight: 1, header: null } }), reason: /canary/ },
  'a preview that never ends': { item: environment({ previews: [{ release, expiresAt: null }] }), reason: /expiresAt/ },
  'a key that is no hash': { item: client({ name: 'x', enabled: true, expiresAt: null, keys: [{ apiKeyId: 'k', keyHash: secret, expiresAt: null }] }), reason: /keyHash/ },
  'a time that is none': { item: client({ name: 'x', enabled: true, expiresAt: 'tomorrow', keys: [] }), reason: /expiresAt/ },
  'a gateway that is null in its parts': { item: { type: 'gateway', gatewayId: 'shop', value: { name: null, defaultEnvironment: null, plugins: null } }, reason: /value/ }
}

function toLine (item: object): string {
  return `${JSON.stringify(item)}\n`
}

async function followed (t: Tap): Promise<Following & { send: (...lines: object[]) => Promise<void>, cut: () => void }> {
  const following = await follow(t, {}, { check: createItemCheck(silent) })
  const connection = await following.connections.next()
  let revision = 0
  const send = async (...lines: object[]): Promise<void> => {
    connection.sendText(toLine({ type: 'begin', store: 'store-1', snapshot: revision === 0 }))
    for (const line of lines) connection.sendText(toLine(line))
    connection.sendText(toLine({ type: 'commit', revision: ++revision }))
    t.match(await following.changes.next(), { revision })
  }
  return { ...following, send, cut: connection.cut }
}

const versionWithout = { ...versionItem('shop', 'v9'), value: { functionName: 'fn-v9', bundle: null, sourceMap: '{}' } }
const shop = [gatewayItem('shop'), versionItem('shop', 'v1'), { type: 'environment', ...place, value: good }, clientItem('shop', 'dev', 'mobile', [keyHash('a')])]

t.test('what cannot be taken keeps its last good version, and all the rest moves on', async t => {
  for (const [name, { item, reason }] of Object.entries(refused)) {
    t.test(name, async t => {
      const { reader, writer, lines, send } = await followed(t)
      await send(...shop)
      const before = [reader.getGateway('shop'), reader.getEnvironment('shop', 'dev'), reader.findKey(keyHash('a'))]
      await send(gatewayItem('blog'), versionWithout, item, environmentItem('blog', 'dev'))
      t.strictSame([reader.getGateway('shop'), reader.getEnvironment('shop', 'dev'), reader.findKey(keyHash('a'))], before)
      t.not(reader.getEnvironment('blog', 'dev'), null)
      const refusals = writer.refusals().filter(({ id }) => id !== 'v9')
      t.match(refusals, [{ gatewayId: 'shop', revision: 2, reason }])
      t.equal(refusals.length, 1)
      t.notMatch(JSON.stringify([writer.refusals(), lines()]), secret, 'without a word of what was in it')
      await send(...shop, { ...environmentItem('shop', 'dev'), value: { ...good, variables: { A: '2' } } })
      t.strictSame([writer.refusals(), reader.getEnvironment('shop', 'dev')?.variables], [[], { A: '2' }], 'it is over when something good comes')
    })
  }
})

t.test('what has never been good is there, and cannot be used; its clients are there when it can be', async t => {
  const { reader, writer, send } = await followed(t)
  await send(gatewayItem('blog'), gatewayItem('shop'), environment({ plugins: null }), clientItem('shop', 'dev', 'mobile', [keyHash('a')]))
  t.strictSame([reader.getEnvironment('shop', 'dev'), reader.isUnusable('shop', 'dev'), reader.isUnusable('shop', null)], [null, true, false])
  t.strictSame([reader.isUnusable('blog', 'dev'), reader.isUnusable('nobody', null)], [false, false])
  await send(environment({}))
  t.not(reader.getEnvironment('shop', 'dev'), null)
  t.equal(reader.findKey(keyHash('a'))?.clientId, 'mobile')
  t.strictSame([reader.isUnusable('shop', 'dev'), writer.refusals()], [false, []])
})

t.test('a gateway that has never been good takes nothing else with it', async t => {
  const { reader, writer, send } = await followed(t)
  await send({ type: 'gateway', gatewayId: 'shop', value: null, plugins: {} }, { type: 'gateway', gatewayId: 'shop', value: { name: 4 } }, environment({}), gatewayItem('blog'))
  t.strictSame([reader.getGateway('shop'), reader.isUnusable('shop', 'dev'), reader.getGateway('blog') !== null], [null, true, true])
  await send({ type: 'gateway', gatewayId: 'shop', value: null })
  t.strictSame([reader.isUnusable('shop', null), writer.refusals()], [false, []])
})

t.test('a snapshot keeps what was good of what it brings in a state that cannot be used', async t => {
  const { reader, writer, connections, changes, send, cut } = await followed(t)
  const released = environmentItem('shop', 'dev', ['v1'])
  await send(gatewayItem('shop'), versionItem('shop', 'v1'), released, clientItem('shop', 'dev', 'mobile', [keyHash('a')]), gatewayItem('gone'))
  cut()
  const connection = await connections.next()
  connection.sendText([
    { type: 'begin', store: 'store-2', snapshot: true }, gatewayItem('blog'), { type: 'gateway', gatewayId: 'shop', value: {} }, environment({ plugins: 4 }), client({ name: 4 }),
    { type: 'commit', revision: 9 }
  ].map(toLine).join(''))
  t.match(await changes.next(), { revision: 9, all: true })
  t.strictSame([reader.getGateway('shop')?.name, reader.getEnvironment('shop', 'dev')?.release?.number], ['The shop', 1])
  t.not(reader.getFunctionVersion('shop', 'v1'), null)
  t.equal(reader.findKey(keyHash('a'))?.clientId, 'mobile')
  t.strictSame([reader.getGateway('gone'), reader.getGateway('blog') !== null], [null, true])
  t.strictSame(writer.refusals().map(({ kind, revision }) => [kind, revision]), [['gateway', 9], ['client', 9], ['environment', 9]])
})

t.test('what stands nowhere is left out', async t => {
  const { reader, writer, lines, send } = await followed(t)
  await send({ ...gatewayItem('shop'), gatewayId: '../shop' }, gatewayItem('blog'), { type: 'client', gatewayId: null, environment: [], clientId: {}, value: { secret } })
  t.not(reader.getGateway('blog'), null)
  t.strictSame(writer.refusals(), [])
  t.match(lines(), [{ level: 50, msg: /stands nowhere/ }, { level: 50, msg: /stands nowhere/ }])
  t.notMatch(JSON.stringify(lines()), secret)
})
