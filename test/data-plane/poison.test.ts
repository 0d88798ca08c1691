import t from 'tap'
import { createItemCheck } from '../../data-plane/edge/check-item.ts'
import { follow } from '../support/feed-server.ts'
import { createRandom, type Random } from '../support/random.ts'
import { clientItem, environmentItem, gatewayItem, keyHash, silent, versionItem } from '../support/replica.ts'

const rounds = 25
const itemsPerRound = 40

/** Stands for what is nested more deeply than a stack reaches: it can be read, and neither written nor walked through. */
const deep = 'nested deeply'
const nesting = 20_000

/** What nobody expects where something else was expected. */
const oddities: readonly unknown[] = [
  deep, null, undefined, true, 0, -1, 1e308, '', '__proto__', 'constructor', '\u0000', '\ud800', 'x'.repeat(70_000), [], {}, [null], [[[[[]]]]],
  { ['__proto__']: 1 }, { length: 1e9 }, '/:a/:b/:c*', '/(a+)+$', '*', 'http://[::1', 'http://user:pass@host/', Array.from({ length: 3_000 }, (_, i) => `/r${i}`)
]

const route = (path: string, versionId = 'v1'): object => ({ functionName: 'fn', versionId, methods: ['GET'], path, timeoutMs: 1_000 })

/** One of each, whole and good. */
function goodItems (gatewayId: string): object[] {
  const release = { number: 3, routes: [route('/a/:id'), route('/b/*'), { functionName: 'up', versionId: 'u1', methods: ['GET', 'POST'], path: '/up', upstream: { name: 'api', path: '/x' } }] }
  return [
    gatewayItem(gatewayId),
    versionItem(gatewayId, 'v1'),
    environmentItem(gatewayId, 'dev', [], {
      plugins: { cors: { allowOrigins: ['https://a.example'] }, 'limit-count': { count: 5, windowSeconds: 60 } },
      variables: { A: 'a' },
      upstreams: { api: { url: 'http://api.example', timeouts: { connectMs: 1, firstByteMs: 1, totalMs: 1 } } },
      ...{ release, canary: { release, weight: 5, header: 'x-try' }, previews: [{ release, expiresAt: '2030-01-01T00:00:00Z' }] } as object
    }),
    clientItem(gatewayId, 'dev', 'mobile', [keyHash('b')])
  ]
}

/** The same with one thing somewhere in it replaced, removed, doubled or put elsewhere. */
function spoil (item: object, random: Random): object {
  const spoilt = structuredClone(item) as Record<string, unknown>
  let node: Record<string, unknown> = spoilt.value as Record<string, unknown>
  for (;;) {
    const names = Object.keys(node)
    const name = names.length === 0 ? 'more' : random.pick(names)
    const inner = node[name]
    if (typeof inner === 'object' && inner !== null && random.integer(4) !== 0) {
      node = inner as Record<string, unknown>
      continue
    }
    if (!Array.isArray(node) && random.integer(8) === 0) node.more = random.pick(oddities)
    else if (Array.isArray(node) && random.integer(2) === 0) node.push(structuredClone(inner), inner)
    else if (random.integer(6) === 0) delete node[name]
    else node[name] = random.pick(oddities)
    return spoilt
  }
}

function textOf (lines: object[]): string {
  return lines.map(line => `${JSON.stringify(line).replaceAll(JSON.stringify(deep), '['.repeat(nesting) + ']'.repeat(nesting))}\n`).join('')
}

t.test('whatever is sent of one gateway, no other one is affected, and nothing stops', async t => {
  const { connections, changes, reader, writer, lines } = await follow(t, {}, { check: createItemCheck(silent) })
  const connection = await connections.next()
  connection.send({ type: 'begin', store: 'store-1', snapshot: true }, gatewayItem('blog'), environmentItem('blog', 'dev'), clientItem('blog', 'dev', 'web', [keyHash('c')]), { type: 'commit', revision: 1 })
  await changes.next()
  const before = [reader.getGateway('blog'), reader.getEnvironment('blog', 'dev'), reader.findKey(keyHash('c'))]
  let refused = 0
  for (let seed = 1; seed <= rounds; seed++) {
    const random = createRandom(seed)
    const spoilt = Array.from({ length: itemsPerRound }, () => spoil(random.pick(goodItems('shop')), random))
    const revision = seed * 2
    connection.sendText(textOf([{ type: 'begin', store: 'store-1', snapshot: false }, ...spoilt, { type: 'commit', revision }]))
    t.match(await changes.next(), { revision }, `seed ${seed}`)
    refused += writer.refusals().length
    const after = [reader.getGateway('blog'), reader.getEnvironment('blog', 'dev'), reader.findKey(keyHash('c'))]
    t.strictSame(after, before, `seed ${seed}`)
    const [, , environment] = goodItems('shop')
    connection.sendText(textOf([
      { type: 'begin', store: 'store-1', snapshot: false }, { type: 'gateway', gatewayId: 'shop', value: null }, ...goodItems('shop'), { type: 'commit', revision: revision + 1 }
    ]))
    await changes.next()
    t.strictSame(reader.getEnvironment('shop', 'dev'), (environment as { value: object }).value, `seed ${seed}: what is good again is served`)
    t.strictSame(writer.refusals(), [], `seed ${seed}`)
  }
  t.ok(refused > rounds, `${refused} were refused`)
  t.strictSame(lines().filter(({ msg }) => msg !== 'something on the change feed stands nowhere; it is left out'), [], 'the connection was never given up')
})
