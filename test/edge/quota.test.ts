import path from 'node:path'
import t from 'tap'
import type { QuotaConfig } from '#shared/policies/quota/schema.ts'
import { startEdge } from '../support/edge.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { openTestQuotas } from '../support/quotas.ts'

const host = 'shop.api.localhost'

t.test('a quota is a client\'s, ends with its period, and answers say what is left', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { quota: { count: 2, period: 'month', timeZone: 'Europe/Berlin' } } })
  const mobile = edge.addClient('shop', 'prod', 'mobile')
  const web = edge.addClient('shop', 'prod', 'web')
  const send = async (key: string) => await edge.traffic(host, '/hello', { key })
  edge.clock.set(Date.parse('2030-03-31T20:00:00Z'))
  // An hour shorter than its days: clocks are set forward on its last one.
  t.match(await send(mobile), { status: 200, headers: { 'ratelimit-policy': `"quota";q=2;w=${31 * 86_400 - 3_600}`, ratelimit: '"quota";r=1;t=7200' } })
  t.match(await send(mobile), { status: 200, headers: { ratelimit: '"quota";r=0;t=7200' } })
  t.match(await send(mobile), { status: 429, json: { code: 'quota_exceeded' }, headers: { 'retry-after': '7200', ratelimit: '"quota";r=0;t=7200' } })
  t.match(await send(web), { status: 200, headers: { ratelimit: '"quota";r=1;t=7200' } })
  edge.clock.set(Date.parse('2030-03-31T22:00:00Z'))
  t.match(await send(mobile), { status: 200, headers: { 'ratelimit-policy': `"quota";q=2;w=${30 * 86_400}`, ratelimit: `"quota";r=1;t=${30 * 86_400}` } })
})

t.test('it survives a new key and a restart, and an owner begins it anew', async t => {
  const file = path.join(temporaryDirectory(t), 'quotas.sqlite')
  const plugins = { quota: { count: 3, period: 'day' } satisfies QuotaConfig }
  const first = openTestQuotas(t, { file })
  const before = await startEdge(t, { quotas: first.quotas })
  before.addGateway('shop', { plugins })
  t.match(await before.traffic(host, '/hello', { key: before.addClient('shop', 'prod', 'mobile') }), { headers: { ratelimit: '"quota";r=2;t=86400' } })
  t.match(await before.traffic(host, '/hello', { key: before.addClient('shop', 'prod', 'mobile') }), { headers: { ratelimit: '"quota";r=1;t=86400' } }, 'another key')
  await first.quotas.close()

  const edge = await startEdge(t, { quotas: openTestQuotas(t, { file }).quotas })
  edge.addGateway('shop', { plugins })
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.match(await edge.traffic(host, '/hello', { key }), { status: 200, headers: { ratelimit: '"quota";r=0;t=86400' } }, 'another process')
  t.match(await edge.traffic(host, '/hello', { key }), { status: 429 })
  edge.addClient('shop', 'prod', 'mobile', { key, quotaResets: 1 })
  t.match(await edge.traffic(host, '/hello', { key }), { status: 200, headers: { ratelimit: '"quota";r=2;t=86400' } })
})

t.test('a client\'s own quota counts what it has spent already, an endpoint\'s is one of its own', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { quota: { count: 2, period: 'day' } },
    routes: [{ path: '/hello' }, { path: '/report', functionName: 'report', plugins: { quota: { count: 1, period: 'day' } } }]
  })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const left = async (path: string): Promise<unknown> => (await edge.traffic(host, path, { key })).headers.ratelimit
  t.equal(await left('/hello'), '"quota";r=1;t=86400')
  t.equal(await left('/report'), '"quota";r=0;t=86400')
  edge.addClient('shop', 'prod', 'mobile', { key, plugins: { quota: { count: 10, period: 'day' } } })
  t.equal(await left('/hello'), '"quota";r=8;t=86400')
})

t.test('by environment, or where nobody is known: all together', async t => {
  for (const [plugins, withKey] of [[{ quota: { count: 2, period: 'week', by: 'environment' } }, true], [{ none: {}, quota: { count: 2, period: 'week' } }, false]] as const) {
    const edge = await startEdge(t)
    edge.addGateway('shop', { plugins })
    const statuses: number[] = []
    for (const name of ['a', 'b', 'c']) statuses.push((await edge.traffic(host, '/hello', withKey ? { key: edge.addClient('shop', 'prod', name) } : {})).status)
    t.strictSame(statuses, [200, 200, 429])
  }
})

t.test('what a quota refuses spends no rate, and what a rate refuses no quota', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 3, windowSeconds: 60 }, quota: { count: 2, period: 'day' } } })
  const send = async () => await edge.traffic(host, '/hello')
  t.match(await send(), { headers: { 'ratelimit-policy': '"limit-count";q=3;w=60, "quota";q=2;w=86400', ratelimit: '"limit-count";r=2;t=60, "quota";r=1;t=86400' } })
  await send()
  for (let i = 0; i < 3; i++) t.match(await send(), { status: 429, json: { code: 'quota_exceeded' }, headers: { ratelimit: '"limit-count";r=1;t=60, "quota";r=0;t=86400' } })
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 3, windowSeconds: 60 }, quota: { count: 4, period: 'day' } } })
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=0;t=60, "quota";r=1;t=86400' } })
  t.match(await send(), { status: 429, json: { code: 'rate_limit_exceeded' } })
  edge.addGateway('shop', { plugins: { none: {}, quota: { count: 4, period: 'day' } } })
  t.match(await send(), { headers: { ratelimit: '"quota";r=0;t=86400' } })
})

t.test('costs: of the route, and what the function says', async t => {
  const edge = await startEdge(t, { functions: { hello: ({ query }) => ({ status: 200, headers: query === '' ? [] : [['x-imprun-cost', query]], body: '' }) } })
  edge.addGateway('shop', { plugins: { none: {}, quota: { count: 100, period: 'day', costs: { hello: 10 } } } })
  const left = async (query = ''): Promise<unknown> => /r=(\d+)/.exec(String((await edge.traffic(host, `/hello${query}`)).headers.ratelimit))?.[1]
  t.equal(await left(), '90')
  t.equal(await left('?30'), '60')
  t.equal(await left('?0'), '60')
  t.equal(await left('?1000'), '0')
  t.equal((await edge.traffic(host, '/hello')).status, 429)
})

t.test('where nobody can count, closed refuses and open lets in', async t => {
  const edge = await startEdge(t, { quotas: { take: () => null, correct: () => undefined } })
  edge.addGateway('shop', { plugins: { none: {}, quota: { count: 1, period: 'day' } } })
  t.match(await edge.traffic(host, '/hello'), { status: 503, json: { code: 'limit_unavailable' }, headers: { 'retry-after': '1' } })
  edge.addGateway('shop', { plugins: { none: {}, quota: { count: 1, period: 'day', failureMode: 'open' } } })
  t.match(await edge.traffic(host, '/hello'), { status: 200, headers: { ratelimit: undefined } })
})

const dayMs = 86_400_000

t.test('several quotas: a request passes all of them or is counted by none, and answers say what is left of the one that ends first', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { quota: { quotas: [{ count: 2, period: 'day' }, { count: 5, period: 'month' }] } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const send = async () => await edge.traffic(host, '/hello', { key })
  const start = edge.clock.now()
  t.match(await send(), { status: 200, headers: { 'ratelimit-policy': `"quota-day";q=2;w=86400, "quota-month";q=5;w=${31 * 86_400}`, ratelimit: '"quota-day";r=1;t=86400' } })
  await send()
  for (let i = 0; i < 3; i++) t.match(await send(), { status: 429, json: { code: 'quota_exceeded' }, headers: { 'retry-after': '86400', ratelimit: '"quota-day";r=0;t=86400' } })
  edge.clock.set(start + dayMs)
  t.match(await send(), { status: 200, headers: { ratelimit: '"quota-day";r=1;t=86400' } }, 'what the day has refused the month has not counted')
  await send()
  edge.clock.set(start + 2 * dayMs)
  t.match(await send(), { status: 200, headers: { ratelimit: `"quota-month";r=0;t=${29 * 86_400}` } })
  t.match(await send(), { status: 429, headers: { 'retry-after': String(29 * 86_400), ratelimit: `"quota-month";r=0;t=${29 * 86_400}` } })
  edge.addGateway('shop', { plugins: { quota: { count: 3, period: 'day' } } })
  t.match(await send(), { status: 200, headers: { ratelimit: '"quota";r=1;t=86400' } }, 'nor the day what the month has')
})

t.test('a client\'s and everybody\'s, which are one where nobody is known', async t => {
  const edge = await startEdge(t)
  const quota: QuotaConfig = { count: 2, period: 'day', quotas: [{ count: 3, period: 'day', by: 'environment' }] }
  edge.addGateway('shop', { plugins: { quota } })
  const keys = ['a', 'b'].map(name => edge.addClient('shop', 'prod', name))
  const left = async (key?: string): Promise<unknown[]> => {
    const { status, headers } = await edge.traffic(host, '/hello', key === undefined ? {} : { key })
    return [status, headers.ratelimit]
  }
  t.strictSame(await left(keys[0]), [200, '"quota";r=1;t=86400'])
  t.strictSame(await left(keys[0]), [200, '"quota";r=0;t=86400'])
  t.strictSame(await left(keys[1]), [200, '"quota-environment-day";r=0;t=86400'])
  t.strictSame(await left(keys[1]), [429, '"quota-environment-day";r=0;t=86400'])
  edge.addGateway('blog', { plugins: { none: {}, quota } })
  const statuses: number[] = []
  for (let i = 0; i < 3; i++) statuses.push((await edge.traffic('blog.api.localhost', '/hello')).status)
  t.strictSame(statuses, [200, 200, 429])
})

t.test('what a function says of its cost, all of them count', async t => {
  const edge = await startEdge(t, { functions: { hello: ({ query }) => ({ status: 200, headers: [['x-imprun-cost', query]], body: '' }) } })
  edge.addGateway('shop', { plugins: { none: {}, quota: { quotas: [{ count: 100, period: 'day' }, { count: 150, period: 'week' }] } } })
  const left = async (query: string): Promise<unknown> => (await edge.traffic(host, `/hello?${query}`)).headers.ratelimit
  t.equal(await left('60'), '"quota-day";r=40;t=86400')
  edge.clock.set(edge.clock.now() + dayMs)
  t.match(await left('20'), /^"quota-week";r=70;/)
  t.match(await left('0'), /^"quota-week";r=70;/)
  t.match(await left('500'), /^"quota-day";r=0;/)
})
