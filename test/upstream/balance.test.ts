import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { startTarget } from '../support/egress.ts'
import { goTo, host, startNamed, startProxy } from '../support/upstream.ts'

t.test('targets take turns by their weights, and keep them when something else changes', async t => {
  const { urls } = await startNamed(t, 3)
  const weighted = urls.map(({ url }, index) => ({ url, weight: [3, 1, 0][index]! }))
  const edge = await startProxy(t, weighted)
  const ask = async (): Promise<string> => (await edge.traffic(host, '/')).text
  const first = [await ask(), await ask()]
  goTo(edge, weighted, { timeouts: { totalMs: 50_000 } })
  t.equal([...first, await ask(), await ask()].join(''), 'aaba')
  t.equal([await ask(), await ask(), await ask(), await ask()].join(''), 'aaba', 'smoothly, and never the one without weight')
})

t.test('the least busy target is asked', async t => {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  const slow = await startTarget(t, (_request, response) => resolve(response))
  const { urls: [fast] } = await startNamed(t, 1)
  const edge = await startProxy(t, [{ url: slow.origin, weight: 1 }, fast!], { upstream: { balance: { algorithm: 'least-connections' } } })
  const waiting = edge.traffic(host, '/slow')
  const response = await promise
  for (let n = 0; n < 4; n++) t.equal((await edge.traffic(host, '/')).text, 'a')
  response.end('late')
  t.equal((await waiting).text, 'late')
})

t.test('the same key meets the same target, and the others stay where they are when one goes', async t => {
  const { urls } = await startNamed(t, 4)
  const settings = { balance: { algorithm: 'consistent-hash', hashOn: 'header', hashKey: 'X-Shard' } } as const
  const edge = await startProxy(t, urls, { upstream: settings })
  const placesOf = async (): Promise<string[]> => {
    const places: string[] = []
    for (let n = 0; n < 60; n++) places.push((await edge.traffic(host, '/', { headers: { 'x-shard': `user-${n}` } })).text)
    return places
  }
  const before = await placesOf()
  t.strictSame(await placesOf(), before)
  t.equal(new Set(before).size, 4)
  goTo(edge, urls.slice(0, 3), { upstream: settings })
  const after = await placesOf()
  t.strictSame(after.filter((_, index) => before[index] !== 'd'), before.filter(place => place !== 'd'))
  t.notOk(after.includes('d'))
})

t.test('client, address, path, cookie and query are keys, too', async t => {
  const { urls } = await startNamed(t, 8)
  const edge = await startProxy(t, urls)
  const spread = async (hashOn: 'address' | 'path' | 'cookie' | 'query' | 'client', hashKey?: string): Promise<number> => {
    goTo(edge, urls, { upstream: { balance: { algorithm: 'consistent-hash', hashOn, ...(hashKey !== undefined && { hashKey }) } } })
    const met = new Set<string>()
    for (let n = 0; n < 12; n++) met.add((await edge.traffic(host, `/p${n}?shard=${n}`, { headers: { cookie: `other=1; shard=${n}` } })).text)
    return met.size
  }
  t.equal(await spread('address'), 1)
  t.equal(await spread('client'), 1, 'without authentication the address')
  t.equal(await spread('cookie', 'absent'), 1, 'so where there is none')
  for (const [hashOn, key] of [['path'], ['cookie', 'shard'], ['query', 'shard']] as const) t.ok(await spread(hashOn, key) > 3, hashOn)
})

t.test('a base path is that of the target', async t => {
  const targets = await Promise.all(['/a', '/b/c'].map(async base => {
    const target = await startTarget(t, (request, response) => { response.end(request.url) })
    return { url: `${target.origin}${base}`, weight: 1 }
  }))
  const edge = await startProxy(t, targets)
  t.strictSame([(await edge.traffic(host, '/x?y')).text, (await edge.traffic(host, '/x?y')).text], ['/a/x?y', '/b/c/x?y'])
})

t.test('one of several targets goes, the connections to the other stay', async t => {
  const { targets: [a, b], urls } = await startNamed(t, 2)
  const edge = await startProxy(t, urls)
  await edge.traffic(host, '/')
  await edge.traffic(host, '/')
  const closed = once(a!.sockets[0]!, 'close')
  goTo(edge, urls.slice(1))
  t.equal((await edge.traffic(host, '/')).text, 'b')
  t.equal(b!.sockets.length, 1)
  await closed
})
