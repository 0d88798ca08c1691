import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createBench } from '../../bench/engine/bench.ts'
import type { LoadGenerator } from '../../bench/engine/load.ts'
import { createStarted } from '../../bench/engine/started.ts'
import type { Peer } from '../../bench/peers/peer.ts'
import { NotComparable } from '../../bench/report.ts'
import type { Bench } from '../../bench/scenario.ts'

/** Says what it is told to; the answers that are checked are of a real server. */
async function peerThatSays (t: Test, name: string, answers: () => string): Promise<Peer> {
  const server = createServer((_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).end(answers()) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return { name, version: '1', pid: process.pid, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, headers: [{}], expectedBody: '{}', expectedHeaders: {}, close: async () => undefined }
}

function benchWith (measure: LoadGenerator['measure']): Bench {
  return createBench({ mode: 'short', rounds: 2, secondsOfRound: 3, options: { gateways: null, stores: null, folder: null }, profileDir: null }, {
    scenario: 'function/hello', generator: { name: 'wrk 4', measure }, started: createStarted(), shared: async () => { throw new Error('nothing is shared') }, onMissing: () => undefined, onStarted: () => undefined, say: () => undefined
  })
}
const sample = { requestsPerSecond: 10, p50Ms: 1, p99Ms: 2, cpuMicros: null, failures: 0 }

t.test('rounds in turn after a warm-up of each', async t => {
  const asked: string[] = []
  const bench = benchWith(async ({ name }, seconds, connections) => {
    asked.push(`${name} ${seconds} s ${connections}`)
    return sample
  })
  const [a, b] = [await peerThatSays(t, 'a', () => '{}'), await peerThatSays(t, 'b', () => '{}')]
  const measured = await bench.saturate([a, null, b], { connections: 8 })
  t.strictSame(asked, ['a 1 s 8', 'a 1 s 8', 'a 1 s 8', 'b 1 s 8', 'b 1 s 8', 'b 1 s 8', 'a 3 s 8', 'b 3 s 8', 'a 3 s 8', 'b 3 s 8'])
  const { failures: _none, ...round } = sample
  t.strictSame(measured, ['a', 'b'].map(name => ({ name, version: '1', generator: 'wrk 4', connections: 8, secondsOfRound: 3, rounds: [round, round] })))
})

t.test('one failed request, and nothing is compared', async t => {
  let measured = 0
  const bench = benchWith(async () => ({ ...sample, failures: ++measured === 3 ? 1 : 0 }))
  await t.rejects(bench.saturate([await peerThatSays(t, 'a', () => '{}')]), new NotComparable('a failed to answer 1 requests'))
})

t.test('a wrong answer before or after, and nothing is compared', async t => {
  let measured = 0
  const bench = benchWith(async () => {
    measured++
    return sample
  })
  await t.rejects(bench.saturate([await peerThatSays(t, 'a', () => 'wrong')]), /a does not answer right: body "wrong" instead of "\{\}"/)
  t.equal(measured, 0)
  await t.rejects(bench.saturate([await peerThatSays(t, 'a', () => measured < 3 ? '{}' : 'wrong')]), NotComparable)
})
