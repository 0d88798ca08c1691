import t from 'tap'
import type { CircuitBreakerSettings } from '#shared/upstream-options.ts'
import { Circuit } from '../../data-plane/upstream/circuit.ts'
import { startTarget } from '../support/egress.ts'
import { host, startProxied, startProxy } from '../support/upstream.ts'

const settings: CircuitBreakerSettings = { failurePercent: 50, minimumRequests: 4, windowSeconds: 10, openSeconds: 10, halfOpenRequests: 2, failureStatuses: [500, 503] }

t.test('an upstream that fails is not asked for a while', async t => {
  let status = 200
  const { edge, target } = await startProxied(t, (_request, response) => { response.writeHead(status).end() }, { upstream: { circuitBreaker: { ...settings, openSeconds: 3_600 } } })
  const ask = async (): Promise<number> => (await edge.traffic(host, '/')).status
  t.strictSame([await ask(), await ask()], [200, 200])
  status = 503
  t.strictSame([await ask(), await ask()], [503, 503])
  t.match(await edge.traffic(host, '/'), { status: 503, headers: { 'retry-after': '3600' }, json: { code: 'upstream_circuit_open' } })
  t.equal(target.requests.length, 4)
  t.match(edge.told, [{ level: 'warn', message: /it has failed too often, and is not asked for 3600 s/ }])
})

t.test('then some are let through, and what comes of them decides', async t => {
  const circuit = new Circuit()
  const fail = (at: number): void => {
    t.equal(circuit.begin(settings, at), 0)
    circuit.end(settings, at, true)
  }
  for (let n = 0; n < 4; n++) fail(0)
  t.equal(circuit.begin(settings, 4_000), 6_000)
  t.strictSame([circuit.begin(settings, 10_000), circuit.begin(settings, 10_000)], [0, 0])
  t.ok(circuit.begin(settings, 10_000) > 0, 'no more than that at once')
  circuit.end(settings, 10_001, null)
  t.equal(circuit.begin(settings, 10_002), 0, 'one whose client has left says nothing')
  circuit.end(settings, 10_003, false)
  t.ok(circuit.end(settings, 10_004, true), 'one has failed')
  t.equal(circuit.begin(settings, 10_005), 9_999)
  for (let n = 0; n < 2; n++) t.equal(circuit.begin(settings, 30_000), 0)
  for (let n = 0; n < 2; n++) circuit.end(settings, 30_000, false)
  for (let n = 0; n < 10; n++) t.equal(circuit.begin(settings, 30_001), 0)
})

t.test('few failures, and failures long ago, open nothing', async t => {
  const circuit = new Circuit()
  for (let n = 0; n < 3; n++) t.notOk(circuit.end(settings, n, true))
  for (let n = 0; n < 3; n++) t.notOk(circuit.end(settings, 10_000 + n, true))
  t.equal(circuit.begin(settings, 10_004), 0)
})

t.test('a target that fails again and again is left out, and asked where there is no other', async t => {
  const bad = await startTarget(t, (_request, response) => { response.writeHead(503).end() })
  const good = await startTarget(t)
  const healthChecks = { passive: { unhealthyAfter: 2, unhealthyStatuses: [503], ejectSeconds: 3_600 }, panicPercent: 0 }
  const edge = await startProxy(t, [{ url: bad.origin, weight: 1 }, { url: good.origin, weight: 1 }], { upstream: { healthChecks } })
  for (let n = 0; n < 12; n++) await edge.traffic(host, '/')
  t.equal(bad.requests.length, 2)
  t.match(edge.told, [{ level: 'warn', message: /is left out for 3600 s/ }])
  const alone = await startProxy(t, [{ url: bad.origin, weight: 1 }], { upstream: { healthChecks } })
  for (let n = 0; n < 4; n++) t.equal((await alone.traffic(host, '/')).status, 503)
  t.equal(bad.requests.length, 6)
})
