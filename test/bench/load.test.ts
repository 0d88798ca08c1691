import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { autocannonLoad, wrkLoad } from '../../bench/engine/load.ts'
import { startPacer } from '../../bench/engine/pace.ts'
import type { Peer } from '../../bench/peers/peer.ts'

interface Seen { keys: Map<string, number>, others: Set<string> }

/** @param holdMs the first answer of all */
async function serve (t: Test, { holdMs = 0, status = 200 } = {}): Promise<{ peer: Peer, seen: Seen }> {
  const seen: Seen = { keys: new Map(), others: new Set() }
  let held = 0
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const body = await text(request)
      const key = String(request.headers['x-api-key'])
      seen.keys.set(key, (seen.keys.get(key) ?? 0) + 1)
      const asked = `${request.method} ${request.url} ${request.headers.host} ${body}`
      if (asked !== 'POST /echo?a=1 shop.localhost {"é":1}') seen.others.add(asked)
      setTimeout(() => { response.writeHead(status).end(body) }, held++ === 0 ? holdMs : 0)
    }
    answer().catch((error: unknown) => seen.others.add(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const peer: Peer = {
    name: 'echo',
    version: '1',
    pid: process.pid,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/echo?a=1`,
    method: 'POST',
    headers: ['one', 'two', 'three'].map(key => ({ host: 'shop.localhost', 'x-api-key': key })),
    body: '{"é":1}',
    expectedBody: '{"é":1}',
    expectedHeaders: {},
    close: async () => undefined
  }
  return { peer, seen }
}

/** Each connection of autocannon's begins with the first. */
function inTurn (seen: Seen, connections: number): boolean {
  const counts = [...seen.keys.values()]
  return seen.keys.size === 3 && Math.max(...counts) - Math.min(...counts) <= connections
}

const wrk = await wrkLoad().catch((error: Error) => error)
const generators = { wrk, autocannon: autocannonLoad() }
for (const [name, generator] of Object.entries(generators)) {
  t.test(`${name} sends method, body and one key after the other`, { skip: generator instanceof Error && generator.message }, async t => {
    if (generator instanceof Error) return
    const { peer, seen } = await serve(t)
    const load = await generator.load(peer, 1, 2)
    t.equal(load.failures, 0)
    t.ok(load.requests > 0)
    t.strictSame([...seen.others], [])
    t.ok(inTurn(seen, 2 + 2), [...seen.keys.values()].join())
  })

  t.test(`${name} counts what is refused`, { skip: generator instanceof Error && generator.message }, async t => {
    if (generator instanceof Error) return
    const { peer } = await serve(t, { status: 401 })
    const load = await generator.load(peer, 1, 2)
    t.ok(load.failures > 0)
  })
}

t.test('a constant rate sends as many as were asked for, with one key after the other', async t => {
  const { peer, seen } = await serve(t)
  const pacer = startPacer()
  t.teardown(pacer.close)
  const round = await pacer.measure(peer, 300, 1)
  t.equal(round.count, 300)
  t.strictSame([...seen.keys.values()], [100, 100, 100])
  t.strictSame([...seen.others], [])
})

t.test('a stall counts for every request that it held up, sent or not', async t => {
  const { peer } = await serve(t, { holdMs: 500 })
  const pacer = startPacer()
  t.teardown(pacer.close)
  // One connection: the others wait until it is free, and were due all the same.
  const round = await pacer.measure(peer, 200, 1, 1)
  t.ok(round.maxMs >= 499, String(round.maxMs))
  t.ok(round.p90Ms >= 350, String(round.p90Ms))
})

t.test('a request that fails at a constant rate is no measurement', async t => {
  const pacer = startPacer()
  t.teardown(pacer.close)
  const { peer } = await serve(t, { status: 503 })
  await t.rejects(pacer.measure(peer, 100, 1), /echo failed to answer at 100 requests a second: status 503/)
  await t.rejects(pacer.measure({ ...peer, url: 'http://127.0.0.1:9/' }, 100, 1), /ECONNREFUSED/)
})
