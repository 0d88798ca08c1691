import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { createSwitchable } from '../support/switchable-counters.ts'

const host = 'shop.api.localhost'

t.test('open, which is the default: each machine counts by itself, and an owner can see it', async t => {
  const sharedCounters = createSwitchable()
  const edge = await startEdge(t, { sharedCounters })
  edge.addGateway('shop', { plugins: { none: {}, 'served-by': {}, 'limit-count': { count: 2, windowSeconds: 60 } } })
  const send = async () => await edge.traffic(host, '/hello')
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=1;t=60', 'x-imprun-limits': undefined } })
  sharedCounters.isAway = true
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=1;t=60', 'x-imprun-limits': 'local' } }, 'this machine has counted nothing yet')
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=0;t=60' } })
  t.match(await send(), { status: 429, headers: { 'retry-after': '60', 'x-imprun-limits': 'local' } })
  sharedCounters.isAway = false
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=0;t=60', 'x-imprun-limits': undefined } }, 'and goes on where all of them were')
})

t.test('closed: nothing passes without a count', async t => {
  const sharedCounters = createSwitchable()
  const edge = await startEdge(t, { sharedCounters })
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 2, windowSeconds: 60, failureMode: 'closed' } } })
  const send = async () => await edge.traffic(host, '/hello')
  t.match(await send(), { status: 200 })
  sharedCounters.isAway = true
  t.match(await send(), { status: 503, json: { code: 'limit_unavailable' }, headers: { 'retry-after': '1', ratelimit: undefined } })
  sharedCounters.isAway = false
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=0;t=60' } }, 'what was turned away has not been counted')
})

t.test('the public is not told where its requests are counted', async t => {
  const sharedCounters = createSwitchable()
  sharedCounters.isAway = true
  const edge = await startEdge(t, { sharedCounters })
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 2, windowSeconds: 60 } } })
  const { status, headers } = await edge.traffic(host, '/hello')
  t.equal(status, 200)
  t.notHas(headers, 'x-imprun-limits')
})

t.test('a worker is ready either way, and says to operators where it counts', async t => {
  const sharedCounters = createSwitchable()
  const edge = await startEdge(t, { sharedCounters })
  const verbose = async () => await edge.traffic('localhost', '/healthz?verbose')
  t.match(await verbose(), { status: 200, json: { limits: { areShared: true } } })
  sharedCounters.isAway = true
  t.match(await verbose(), { status: 200, json: { limits: { areShared: false } } })
  t.match(await edge.traffic('localhost', '/readyz'), { status: 200 })
})
