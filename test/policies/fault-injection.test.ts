import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('requests fail as they are told to, once it is known who asks for what', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'fault-injection': { abort: { status: 503 } } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.match(await edge.traffic(host, '/hello', { key }), { status: 503, json: { code: 'fault_injected', status: 503 } })
  t.match(await edge.traffic(host, '/hello'), { status: 401 })
  t.match(await edge.traffic(host, '/nothing', { key }), { status: 404 })
})

t.test('a share of them, and a delay, leave the rest as it is', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'fault-injection': { abort: { status: 418, percentage: 50 }, delay: { ms: 5, percentage: 50 } } } })
  const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await edge.traffic(host, '/hello')).status))
  const failed = statuses.filter(status => status === 418).length
  t.ok(failed > 55 && failed < 145, String(failed))
  t.equal(statuses.filter(status => status === 200).length, 200 - failed)
})

t.test('the whole of a delay passes before the function is called', async t => {
  let calledAt = 0
  const edge = await startEdge(t, { functions: { hello: () => { calledAt = performance.now(); return { status: 200, headers: [], body: 'late' } } } })
  edge.addGateway('shop', { plugins: { none: {}, 'fault-injection': { delay: { ms: 120 } } } })
  const startedAt = performance.now()
  t.match(await edge.traffic(host, '/hello'), { status: 200, text: 'late' })
  t.ok(calledAt - startedAt >= 119)
})
